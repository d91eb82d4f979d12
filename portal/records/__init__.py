"""The kit for reference records: a record's fields are declared once."""
