"""Tests before and after a training, the question bank, and results."""
