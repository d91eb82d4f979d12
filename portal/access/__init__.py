"""Roles, permissions, reach, and the guard of every route."""
