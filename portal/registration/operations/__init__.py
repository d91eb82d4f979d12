"""Acts on registrations: nominate, confirm, decide, give keys; and the import of nomination lists."""
