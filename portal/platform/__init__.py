"""Database, clock, mail, jobs, storage and other edges; knows nothing about trainings."""
