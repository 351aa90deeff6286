"""What is wrong with a table of published scores."""
