"""What can be concluded from runs: their answers as columns, uncertainty, comparisons, and where models fail.

Everything here reads `RunTable`s, and nothing asks a model.
"""
