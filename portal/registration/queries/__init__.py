"""Reads of registrations, their decisions, seats, keys, and nomination lists."""
