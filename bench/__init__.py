"""Measurements: printed, not asserted."""
