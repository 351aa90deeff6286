"""The annotations of a clip as lines of `manifest.jsonl`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.make_demo_clips.planning import ClipPlan
from tools.make_demo_clips.studio import Recording, encode, record
from tools.make_demo_clips.takes import MULTI_LABEL_TASKS


def make_clip(folder: Path, plan: ClipPlan) -> list[dict[str, Any]]:
    """Make a clip as `folder/NAME.mp4` and return its `entries`."""
    recording = record(plan)
    encode(recording, folder / f"{plan.name}.mp4")
    return entries(recording)


def entries(recording: Recording) -> list[dict[str, Any]]:
    """One entry per question that the clip answers."""
    plan = recording.plan
    cues = [
        {
            "channel": span.channel,
            "value": span.value,
            "start_s": round(span.start_s, 2),
            "end_s": round(span.end_s, 2),
        }
        for span in recording.spans
    ]
    return [
        {
            "clip": f"clips/{plan.name}.mp4",
            "task": question.task,
            "label": list(question.labels) if question.task in MULTI_LABEL_TASKS else question.labels[0],
            "label_set": list(question.label_set),
            "transcript": plan.take.transcript,
            "cues": cues,
        }
        for question in plan.take.questions
    ]


def line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"
