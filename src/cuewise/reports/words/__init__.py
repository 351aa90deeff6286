"""What the report says in words: sentences from settings and figures, and the fixed words of its tables."""
