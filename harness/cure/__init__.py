"""Finding the smallest change that is proven to cure a cell or a suite, by running it."""
