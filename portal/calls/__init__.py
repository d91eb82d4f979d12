"""What others hand in: an institution's list in answer to a call, and registrations by the public link."""
