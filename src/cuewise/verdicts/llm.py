"""The judge that asks a multimodal LLM under the rules of the MME-Emotion benchmark: what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cuewise.models.protocol import Message, Request, Sampling, TextPart
from cuewise.prompting import load_prompt
from cuewise.records import Evidence, EvidenceKind, Sample, Step, Verdict
from cuewise.verdicts.asking import AskingJudge
from cuewise.verdicts.reply import label_points, parse_judgement
from cuewise.verdicts.showing import as_json_list, exact_object, fenced, list_of, listed, seen_parts

__all__ = ["LlmJudge", "judging_request", "parse_judgement"]

_REASON_RULE = (
    "Rate a step before the last 1 unless the frames, the sound or the words clearly contradict it; then rate it"
    " 0. What cannot be checked against the evidence is not contradicted."
)
_SINGLE_RULE = (
    "Rate it 1 if the predicted label is the correct one, else 0. Wording and inflection do not matter."
)
_MULTI_RULE = (
    "Its rating is a count: how many of the {count} correct labels were predicted, from 0 to {count}. Wording and"
    " inflection do not matter."
)


class LlmJudge(AskingJudge):
    """Asks a multimodal model for a rating of every step, under the rules of the MME-Emotion benchmark.

    The model sees frames, sound, words and the correct label, as in the paper (arXiv 2508.09210). It does
    not see annotated cues.
    """

    def request(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], attempt: int
    ) -> Request:
        return judging_request(sample, steps, evidence, attempt)

    def read(
        self, text: str, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence]
    ) -> tuple[Verdict, ...]:
        return parse_judgement(text, sample, steps, evidence)


def judging_request(
    sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], attempt: int = 0
) -> Request:
    """What the judge is asked: one message, the text first, then each frame announced by its id and time, then
    what was described of them.

    Every foreign text stands in a fence of its own that it cannot close.
    """
    text = load_prompt("cuewise.verdicts", "judge_mme_emotion").substitute(
        label_set=as_json_list(sample.label_set),
        gold=as_json_list(sample.labels),
        audio=listed(evidence, EvidenceKind.AUDIO),
        transcript=listed(evidence, EvidenceKind.TRANSCRIPT),
        steps=fenced(steps),
        n_steps=len(steps),
        reason_rule=_REASON_RULE if len(steps) > 1 else "There is no step before the last.",
        label_rule=_MULTI_RULE.format(count=len(sample.labels)) if sample.multi_label else _SINGLE_RULE,
    )
    return Request(
        messages=(Message(role="user", parts=(TextPart(text=text), *seen_parts(evidence))),),
        sampling=Sampling(temperature=0.0),
        json_schema=_reply_schema(label_points(sample)),
        attempt=attempt,
        sample=sample,
    )


def _reply_schema(points: int) -> dict[str, Any]:
    rating = {
        "step": {"type": "integer"},
        "rating": {"type": "integer", "enum": list(range(points + 1))},
        "evidence": list_of({"type": "string"}),
        "reason": {"type": "string"},
    }
    return exact_object({"ratings": list_of(exact_object(rating))})
