"""Reading a suite's habits from its source, without importing it."""
