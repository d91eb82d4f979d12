"""Reads a ministry's list: header, columns, rows, problems, repeats; pure, without the database."""
