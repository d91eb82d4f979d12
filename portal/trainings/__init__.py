"""Courses, projects, donors, venues and trainings with their sessions and seats."""
