"""Extraction and judging by rules find exactly the false claims that a simulated model plants."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from cuewise.cues import channels
from cuewise.evidence.gather import gather_evidence
from cuewise.models.protocol import Message, Request, TextPart
from cuewise.models.simulated import open_simulated
from cuewise.records import Answer, Clip, Cue, Decision, Sample, Step, Verdict
from cuewise.steps.rules import RuleExtractor
from cuewise.verdicts.rules import RuleJudge

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")


def made_sample(number: int) -> Sample:
    """A sample with one or two cues, one after the other, on every channel."""
    chance = Random(number)
    cues = []
    for channel in channels().values():
        values = chance.sample(sorted(channel.values), chance.randint(1, 2))
        cues += [
            Cue(channel=channel.name, value=value, start_s=2.0 * place, end_s=2.0 * place + 1.5)
            for place, value in enumerate(values)
        ]
    return Sample(
        id=f"T/{number}",
        task="T",
        clip=Clip(id=str(number)),
        question="Which emotion?",
        label_set=LABELS,
        labels=tuple(chance.sample(LABELS, 2 if number % 2 else 1)),
        multi_label=bool(number % 2),
        cues=tuple(cues),
    )


async def judged(
    sample: Sample, false_cues: float, wrong_labels: float
) -> tuple[tuple[Step, ...], tuple[Verdict, ...]]:
    args = {"false_cues": str(false_cues), "wrong_labels": str(wrong_labels)}
    model = open_simulated("simulated/careless", args=args)
    request = Request(messages=(Message(role="user", parts=(TextPart(text="?"),)),), sample=sample)
    completion = await model.generate(request)
    steps = await RuleExtractor().extract(sample, Answer(text=completion.text), None)
    return steps, await RuleJudge().judge(
        sample, steps, gather_evidence(sample, None, blind=False).evidence, None
    )


@pytest.mark.parametrize(
    ("false_cues", "decision"), [(0.0, Decision.SUPPORTED), (1.0, Decision.CONTRADICTED)]
)
def test_every_claim_is_read_and_judged_as_planted(false_cues: float, decision: Decision) -> None:
    for number in range(150):
        steps, verdicts = asyncio.run(judged(made_sample(number), false_cues, 0.0))
        assert 6 <= len(steps) <= 8  # five to seven claims and the label
        for step, verdict in zip(steps[:-1], verdicts, strict=False):
            assert verdict.decision is decision, step.text
            assert verdict.evidence
        assert verdicts[-1].rating == 1


def test_every_wrong_label_is_found() -> None:
    for number in range(60):
        _, verdicts = asyncio.run(judged(made_sample(number), 0.0, 1.0))
        assert verdicts[-1].rating == 0
