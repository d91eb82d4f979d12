"""A second way to the same file: what many files have in common is set once, then each is written into it.

`press.Press` stands where the typesetter stood and gives the same pages (ADR 28). It runs in the child process only.
"""
