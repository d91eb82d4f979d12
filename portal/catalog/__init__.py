"""What trainings are made from: donors, projects, courses, venues, and the crisis centers that victims are sent to."""
