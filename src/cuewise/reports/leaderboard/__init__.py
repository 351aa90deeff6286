"""The leaderboard: a static site of any number of runs beside the published models.

`entries` says what is known of each model, `standing` who may be ranked with whom, `cases` which samples are shown
side by side; `pages` makes of them what stands on each page, `site` writes it.
"""
