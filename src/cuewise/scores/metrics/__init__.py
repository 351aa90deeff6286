"""Metrics as pure functions, each with its formula, range and source.

`confusion` and `classes` are of answers with one label, `sets` of answers with several, `ordinal` of labels on a scale
and by valence, `confidence` of stated confidence, `averages` over tasks. Scores of single samples lie in
`scores.sample` and `scores.labels`.
"""
