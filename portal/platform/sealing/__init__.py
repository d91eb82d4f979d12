"""The seal on documents: whose key it is, how a file is sealed, and how a sealed file is judged."""
