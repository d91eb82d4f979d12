"""Backups of everything the portal stores, made while it runs, and restoring them."""
