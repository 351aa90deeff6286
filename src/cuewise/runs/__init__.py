"""Runs: the workspace, the call store, the manifest, and the engine that keeps many samples under way."""
