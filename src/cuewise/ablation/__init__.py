"""Studies of what a model relies on: the same clips given in several ways, each way a run of its own."""
