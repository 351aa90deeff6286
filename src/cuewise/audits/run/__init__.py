"""What weakens the figures of runs, as far as the runs tell it: their samples, their judges, their own figures."""
