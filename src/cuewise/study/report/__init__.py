"""What the ratings of a study say: of the raters, of the judge, and of the runs that it judged."""
