"""Tests of the evaluation package: assessments and evaluations."""
