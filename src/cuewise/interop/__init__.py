"""What others wrote, brought in: the benchmark authors' own prompts, and answers that were collected elsewhere."""
