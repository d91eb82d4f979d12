"""Persons as lists bring them, and the reference lists that administrators keep."""
