"""Accounts and sign-ins."""
