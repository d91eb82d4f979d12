"""Closing a training: reconcile, finalize, correct, revoke with two people."""
