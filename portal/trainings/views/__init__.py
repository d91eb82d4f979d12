"""Pages that show trainings and nothing of a higher floor."""
