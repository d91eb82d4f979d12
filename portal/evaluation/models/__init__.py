"""Tables of assessments and evaluations."""
