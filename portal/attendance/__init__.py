"""Marks per session, the roster on screen and the attendance sheet on paper."""
