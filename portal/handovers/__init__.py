"""An act carried out: number, print, sign, deliver, return, end, void, correct."""
