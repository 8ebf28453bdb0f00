"""Public projects and small shapes, each run by plain pytest and by `matrix --suite`, compared test by test."""
