"""Human rating studies: people rate the steps of answers, or answer the benchmark's questions themselves.

runs -> drawn items -> raters' clicks -> ratings -> agreement
"""
