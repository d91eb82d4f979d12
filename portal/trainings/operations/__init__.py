"""Donors, projects, courses and venues; making and changing trainings, also from a file."""
