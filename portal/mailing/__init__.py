"""Messages to participants: which, when, sent or passed on."""
