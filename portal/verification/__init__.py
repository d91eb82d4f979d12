"""From a paper back to its record: register, check by anybody, look-up by number."""
