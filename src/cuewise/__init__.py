"""Cuewise: how well multimodal LLMs recognise emotions in short videos, and whether their reasons hold up."""

__version__ = "0.1.0"
