"""The kit for lists that somebody keeps by hand: a record's fields are declared once."""
