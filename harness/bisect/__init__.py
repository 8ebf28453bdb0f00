"""The first release at which an outcome changed."""
