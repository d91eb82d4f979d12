"""Tests of what participants know, and their judgement of the training."""
