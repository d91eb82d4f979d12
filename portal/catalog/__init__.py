"""What trainings are made from: donors, projects, courses, venues, crisis centers."""
