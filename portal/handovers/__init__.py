"""Hand-over acts carried out: number, print, sign, deliver, return, end, void, correct."""
