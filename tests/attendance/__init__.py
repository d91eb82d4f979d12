"""Attendance: rules, operations, queries, pages, the command."""
