"""Which key seals documents, which did before, and what lets anybody check a seal without the portal."""
