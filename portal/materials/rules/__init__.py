"""Pure decisions about titles and stock."""
