"""Ratings of a study as files: written for other programs, and read where people rated elsewhere."""
