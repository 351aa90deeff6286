"""The judge against people, or against what was annotated: how often it errs, and what a score is worth then.

Stands above the stages: it reads what a run left behind.
"""
