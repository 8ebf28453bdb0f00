"""Public bug reports rebuilt as suites: what they state, and whether what was measured agrees."""
