"""What is run: one folder an axis, one file a value."""
