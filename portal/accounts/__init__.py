"""Accounts, sign-in and server-side sign-in sessions."""
