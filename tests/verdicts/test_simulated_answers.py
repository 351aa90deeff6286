"""Extraction and judging by rules find exactly the false claims that a simulated model plants."""

from __future__ import annotations

import asyncio
import math
from random import Random

import pytest

from cuewise.cues import channels
from cuewise.evidence.gather import gather_evidence
from cuewise.models.protocol import Message, Request, TextPart
from cuewise.models.simulated import open_simulated
from cuewise.records import Answer, Clip, Cue, Decision, Protocol, Sample, Step, Verdict
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
    sample: Sample, false_cues: float, wrong_labels: float, protocol: Protocol = Protocol.MME_EMOTION
) -> tuple[tuple[Step, ...], tuple[Verdict, ...]]:
    args = {"false_cues": str(false_cues), "wrong_labels": str(wrong_labels)}
    model = open_simulated("simulated/careless", args=args)
    request = Request(messages=(Message(role="user", parts=(TextPart(text="?"),)),), sample=sample)
    completion = await model.generate(request)
    steps = await RuleExtractor().extract(sample, Answer(text=completion.text), None)
    return steps, await RuleJudge(protocol).judge(
        sample, steps, gather_evidence(sample, None, blind=False).evidence, None
    )


@pytest.mark.parametrize(
    ("false_cues", "decision"), [(0.0, Decision.SUPPORTED), (1.0, Decision.CONTRADICTED)]
)
def test_every_claim_is_read_and_judged_as_planted(false_cues: float, decision: Decision) -> None:
    for number in range(150):
        steps, verdicts = asyncio.run(judged(made_sample(number), false_cues, 0.0))
        assert 4 <= len(steps) <= 8  # three to seven claims and the label
        for step, verdict in zip(steps[:-1], verdicts, strict=False):
            assert verdict.decision is decision, step.text
            assert verdict.evidence
        assert verdicts[-1].rating == 1


def test_every_wrong_label_is_found() -> None:
    for number in range(60):
        _, verdicts = asyncio.run(judged(made_sample(number), 0.0, 1.0))
        assert verdicts[-1].rating == 0


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.4, 1.0])
def test_under_grounded_what_is_true_and_beyond_rest_earns_and_what_is_false_does_not(rate: float) -> None:
    """The share that earns nothing is the planted one, for answers whose reasons can all be beyond rest."""
    lost = total = 0
    for number in range(150):
        sample = made_sample(number)
        telling = {cue.channel for cue in sample.cues if cue.value != channels()[cue.channel].resting}
        if len(telling) < 3 or sample.labels == ("neutral",):
            continue
        steps, verdicts = asyncio.run(judged(sample, rate, 0.0, Protocol.GROUNDED))
        assert 4 <= len(steps) <= 8
        for verdict in verdicts[:-1]:
            assert (verdict.rating == 1) == (verdict.decision is Decision.SUPPORTED)
            lost += verdict.rating == 0
            total += 1
    assert total > 500
    # Four standard errors of a binomial share.
    assert abs(lost / total - rate) <= 4 * math.sqrt(rate * (1 - rate) / total)
