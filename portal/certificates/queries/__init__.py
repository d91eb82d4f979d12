"""Read who is eligible, the names to print, and certificates."""
