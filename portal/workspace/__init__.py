"""A training's own page: next steps, list of trainings, change, move, cancel."""
