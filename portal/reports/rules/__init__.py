"""Pure decisions of the reports."""
