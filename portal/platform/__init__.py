"""Database, clock, mail, jobs, PDF, storage and the other edges; knows nothing of trainings."""
