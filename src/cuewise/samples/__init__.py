"""Samples: the eight tasks as data, tasks of one's own, and the readers that turn a dataset's files into samples."""
