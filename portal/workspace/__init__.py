"""A training's own page: next steps, the list of trainings, changing, moving, cancelling."""
