"""A person in a training: seats, decisions, waiting list."""
