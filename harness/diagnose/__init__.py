"""What the matrix knows about the habits of a suite, to file and line; and what happened when it ran."""
