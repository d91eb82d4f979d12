"""Figures: live ones for coordinators, frozen releases for donors, training reports."""
