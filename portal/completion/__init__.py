"""Who has completed a training, and if not, why."""
