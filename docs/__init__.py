"""Tools of the documentation: the pages made from code, and the examples that are run again."""
