"""Models that can be asked: the protocol and its adapters."""
