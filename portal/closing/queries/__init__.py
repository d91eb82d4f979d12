"""Reads over everything that a training holds."""
