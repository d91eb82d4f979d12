"""The audit log: declared events in an append-only, hash-chained log."""
