"""From a document back to its record: issue registers, checks by anybody, look-up by number."""
