"""Roles, permissions, scopes and the guard of every route."""
