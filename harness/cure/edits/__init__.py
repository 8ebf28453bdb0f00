"""Edits of a suite's source that may cure it, one file an edit. They keep what else is written as it is."""
