"""Pure decisions: steps, shortfalls, reconciliation."""
