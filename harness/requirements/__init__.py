"""What a folder of tests says it needs, read from whatever says it, never by running anything of it."""
