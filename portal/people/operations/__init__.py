"""Persons from nomination lists, and the reference lists that administrators edit."""
