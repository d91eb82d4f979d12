"""Persons and their names, institutions and regions."""
