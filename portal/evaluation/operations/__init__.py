"""Run assessments and evaluations."""
