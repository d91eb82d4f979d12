"""The forms of this package, and what the forms of all records are made of."""
