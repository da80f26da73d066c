"""Shadows with an edge: found, and taken off a photograph."""
