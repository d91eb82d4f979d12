"""Pages of assessments and evaluations."""
