"""A folder that is put on the path of plain pytest: it holds the recorder and nothing else."""
