"""Forms of assessments and evaluations."""
