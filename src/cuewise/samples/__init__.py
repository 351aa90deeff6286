"""Samples: the eight tasks as data, and the readers that turn a dataset's files into samples."""
