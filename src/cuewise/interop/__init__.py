"""What other tools wrote, brought in: the benchmark authors' own prompts."""
