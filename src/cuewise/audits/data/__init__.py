"""What is wrong with a dataset: counts, shared clips, labels, clues that tell the answer, clip files, baselines."""
