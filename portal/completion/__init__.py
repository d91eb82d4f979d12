"""Who has completed, and if not, why: attendance, tests, led sessions."""
