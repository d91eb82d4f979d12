"""A portal for regional trainings, from the nomination list to certificates and figures."""
