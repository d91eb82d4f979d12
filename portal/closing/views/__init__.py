"""The list of trainings, a training's workspace page and its plan."""
