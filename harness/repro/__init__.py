"""One cell or suite in one environment, to be handed to somebody who has nothing of this project."""
