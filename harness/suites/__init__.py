"""Users' suites: any folder of tests, read once and run like a cell of the catalogue."""
