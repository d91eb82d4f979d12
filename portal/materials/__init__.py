"""Titles, the places that hold their copies, and hand-over acts as written."""
