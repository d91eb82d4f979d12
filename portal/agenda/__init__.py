"""Sessions, breaks, who leads, clashes, published versions."""
