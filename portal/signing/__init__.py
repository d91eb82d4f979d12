"""Keys, the signature on a PDF, the signed facts, and the public key."""
