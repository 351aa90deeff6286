"""A run as one file that others can check: written by `cuewise export submission`, scored again by `verify`."""
