"""Forms of registrations, keys and nomination lists."""
