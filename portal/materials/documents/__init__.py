"""The facts of hand-over acts and receipt lists."""
