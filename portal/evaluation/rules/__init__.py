"""Pure decisions about assessments and evaluations."""
