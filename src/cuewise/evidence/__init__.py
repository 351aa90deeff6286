"""Agents that collect what a judge may rely on: frames, sound, words, descriptions, annotated cues."""
