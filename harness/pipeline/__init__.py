"""Plan → environments → cells → evidence → verdicts → results: the steps of a run, in order."""
