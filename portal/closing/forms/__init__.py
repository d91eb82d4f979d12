"""Checks of shape."""
