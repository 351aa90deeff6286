"""Agent: turns an answer into atomic steps, the last of which names the label."""

from cuewise.steps.protocol import Extractor

__all__ = ["Extractor"]
