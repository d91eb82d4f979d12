"""A portal that carries regional trainings from a nomination list to certificates and counts."""
