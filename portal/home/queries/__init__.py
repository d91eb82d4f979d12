"""What start pages show, and which record a paper belongs to."""
