"""Acts of the reports."""
