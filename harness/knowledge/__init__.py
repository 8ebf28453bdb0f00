"""What measured outcomes teach: nearest cures, minimal causes, effects of advice. Computed, never written by hand."""
