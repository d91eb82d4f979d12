"""Tests before and after, the question bank, results."""
