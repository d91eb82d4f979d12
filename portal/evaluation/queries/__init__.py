"""Read assessments and evaluations."""
