"""Holding two sets of results against each other: which cells changed, and what is to blame."""
