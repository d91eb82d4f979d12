"""Attendance: marks, the roster on screen, the sheet on paper, venue helpers."""
