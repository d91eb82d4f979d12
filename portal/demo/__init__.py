"""The living demo: invented people in trainings of the past, the present and the near future."""
