"""Running again what a baseline holds, with given versions, and judging every difference."""
