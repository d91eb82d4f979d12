"""Participants evaluate the training, without names."""
