"""Pages of registrations, personal keys and nomination lists."""
