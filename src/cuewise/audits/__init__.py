"""Audits: what a dataset, a published table or a judge gets wrong before any score is believed."""
