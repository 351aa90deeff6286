"""Scores: one sample's points, a run's metrics, and the two readings of the authors' judged files."""
