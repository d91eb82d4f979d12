"""The start page of each role: what waits for you."""
