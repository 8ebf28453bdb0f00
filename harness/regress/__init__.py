"""Making a baseline, running again what it holds with given versions, and judging every difference."""
