"""The start pages, and the way from a paper to its record."""
