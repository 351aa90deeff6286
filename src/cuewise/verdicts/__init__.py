"""The judge: rates every step of an answer against the evidence."""

from cuewise.verdicts.protocol import Judge

__all__ = ["Judge"]
