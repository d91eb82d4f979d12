"""Pure decisions about names, contacts, places and whether two rows speak of one person."""
