"""Plays all agents behind one server: tells from the prompt which one is asked."""

from __future__ import annotations

import json
import re
from typing import Any

STEPS = ["The corners of the mouth are turned up.", "The voice is loud."]


def prompt_of(request: dict[str, Any]) -> str:
    """All text of a chat request."""
    texts = []
    for message in request["messages"]:
        content = message["content"]
        if isinstance(content, str):
            texts.append(content)
        else:
            texts += [part["text"] for part in content if part["type"] == "text"]
    return "\n".join(texts)


def stage_of(request: dict[str, Any]) -> str:
    """`answer`, `steps`, `evidence` or `verdicts`."""
    prompt = prompt_of(request)
    if '{"pieces":' in prompt:
        return "evidence"
    if '{"ratings":' in prompt or '{"verdicts":' in prompt:
        return "verdicts"
    return "steps" if '{"steps":' in prompt else "answer"


def candidates_of(request: dict[str, Any]) -> list[str]:
    """The candidate labels that the question or an agent's prompt lists."""
    prompt = prompt_of(request)
    if match := re.search(r"^Candidate labels: (.*)$", prompt, re.MULTILINE):
        return match[1].split(", ")
    match = re.search(r"^Candidate labels, as a JSON list: (.*)$", prompt, re.MULTILINE)
    assert match
    labels: list[str] = json.loads(match[1])
    return labels


def reply(request: dict[str, Any]) -> str:
    """Two reasons and the first candidate label; the judge finds the first reason right and the second wrong.

    A grounded judge finds the first supported by the first frame and the second contradicted by it.
    """
    stage = stage_of(request)
    if stage == "evidence":
        return told("You hear" in prompt_of(request))
    label = candidates_of(request)[0]
    if stage == "answer":
        return "\n".join([*STEPS, f"Final answer: {label}"])
    if stage == "steps":
        return json.dumps({"steps": STEPS, "label": label})
    prompt = prompt_of(request)
    if '{"verdicts":' in prompt:
        return grounded_reply(label)
    gold = json.loads(re.search(r"^Correct label or labels, as a JSON list: (.*)$", prompt, re.MULTILINE)[1])  # type: ignore[index]
    ratings = [1, 0, int(label in gold)]
    return json.dumps(
        {
            "ratings": [
                {"step": n, "rating": rating, "evidence": [], "reason": "as planned"}
                for n, rating in enumerate(ratings, 1)
            ]
        }
    )


def told(heard: bool) -> str:
    """What an agent says of a clip that it hears or else sees."""
    pieces = [(None, None, "One voice, close by."), (0.5, 1.0, "It rises.")]
    if not heard:
        pieces = [(0.0, 0.0, "One person before a plain wall."), (0.0, 1.0, "The brows move up.")]
    return json.dumps({"pieces": [{"start_s": a, "end_s": b, "text": text} for a, b, text in pieces]})


def grounded_reply(label: str) -> str:
    """What a judge says that does not know the gold label."""
    return json.dumps(
        {
            "verdicts": [
                {
                    "step": n,
                    "decision": decision,
                    "evidence": ["F1"],
                    "relevant": True,
                    "repeats": None,
                    "confidence": 0.75,
                    "reason": "as planned",
                }
                for n, decision in enumerate(("supported", "contradicted"), 1)
            ],
            "label": {"named": [label], "reason": "as planned"},
        }
    )
