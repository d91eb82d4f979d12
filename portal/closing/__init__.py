"""A training as a whole: its workspace page, what is still open, and the end of its life."""
