"""What is done with marks: made, taken back, read from a file."""
