"""Copies of everything that the portal keeps, made while it runs, and how one becomes a portal again."""
