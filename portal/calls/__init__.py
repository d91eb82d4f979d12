"""What others hand in: an institution's call for nominations, the public link to join."""
