"""Lists for hotel and pay: participants, institutions, per diem."""
