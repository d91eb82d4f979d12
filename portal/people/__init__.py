"""Persons and their names; regions, institutions, ranks and posts."""
