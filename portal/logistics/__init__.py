"""Lists for hotel and accounts: participants, institutions, per diem."""
