"""What leaves the reports as files."""
