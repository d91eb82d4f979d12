"""The forms of this package: checks of shape only."""
