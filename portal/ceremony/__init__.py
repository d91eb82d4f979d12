"""Issue before the end, the order of seats, what was handed out."""
