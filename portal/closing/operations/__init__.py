"""What is done to a training as a whole."""
