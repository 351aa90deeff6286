"""What is published of the benchmark: twenty models' scores, and what can be said of how sure they are."""
