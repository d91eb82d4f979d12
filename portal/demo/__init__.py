"""The demo: invented people in past, present and coming trainings."""
