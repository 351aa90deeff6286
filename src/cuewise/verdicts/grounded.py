"""The judge that asks a multimodal LLM under the protocol `grounded`: what it is asked and how its reply is read.

The judge does not learn the gold label. It says of each reason what the evidence shows, and must cite it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.models.protocol import Message, Request, Sampling, TextPart
from cuewise.prompting import load_prompt, read_json_reply
from cuewise.records import Decision, Evidence, EvidenceKind, Sample, Step, Verdict
from cuewise.verdicts.asking import AskingJudge
from cuewise.verdicts.reply import cited_ids, integer, numbered_entries, read_reason
from cuewise.verdicts.showing import (
    as_json_list,
    exact_object,
    fenced,
    list_of,
    listed,
    seen_parts,
    shown_to_judge,
)

_KEYS: Final = ("step", "decision", "evidence", "relevant", "repeats", "confidence", "reason")


class GroundedJudge(AskingJudge):
    """Asks a multimodal model what frames, sound and words show of every step, without the gold label."""

    def request(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], attempt: int
    ) -> Request:
        return grounded_request(sample, steps, evidence, attempt)

    def read(
        self, text: str, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence]
    ) -> tuple[Verdict, ...]:
        return parse_grounded(text, sample, steps, evidence)


def grounded_request(
    sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], attempt: int = 0
) -> Request:
    """What the judge is asked: one message, the text first, then each frame announced by its id and time, then
    what was described of them.

    Every foreign text stands in a fence of its own that it cannot close. Nothing in the message depends on the
    gold label; `Request.sample` has it, which no adapter sends.
    """
    text = load_prompt("cuewise.verdicts", "judge_grounded").substitute(
        label_set=as_json_list(sample.label_set),
        audio=listed(evidence, EvidenceKind.AUDIO),
        transcript=listed(evidence, EvidenceKind.TRANSCRIPT),
        steps=fenced(steps),
        n_steps=len(steps),
        n_reasons=len(steps) - 1,
    )
    return Request(
        messages=(Message(role="user", parts=(TextPart(text=text), *seen_parts(evidence))),),
        sampling=Sampling(temperature=0.0),
        json_schema=_reply_schema(sample, evidence),
        attempt=attempt,
        sample=sample,
    )


def parse_grounded(
    text: str, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence]
) -> tuple[Verdict, ...]:
    """Reads `{"verdicts": [...], "label": {"named", "reason"}}` as one verdict per step.

    A reasoning step earns 1 if it is supported and relevant, else 0, and counts nowhere if it repeats an earlier
    one, by its number from 1; `Verdict.repeats` is that step's index. The label step has the candidates that the
    judge reads in it, rated by F1 against the gold labels (`Sample.label_f1`), which the judge did not know.

    Raises:
        ReplyError: the reply has any other form; a supported or contradicted step cites nothing; a step cites
            an id that was not given (annotated cues are not), or one twice; a step repeats one that does not come
            before it; a label is no candidate.
    """
    reply = read_json_reply(text)
    if set(reply) != {"verdicts", "label"} or not isinstance(reply["verdicts"], list):
        raise ReplyError('the reply must have exactly the keys "verdicts", holding a list, and "label"')
    *reasons, label = steps
    entries = numbered_entries(reply["verdicts"], len(reasons), what="verdict", keys=_KEYS)
    shown = tuple(piece.id for piece in shown_to_judge(evidence))
    verdicts = [
        _read_verdict(entry, step, shown, reasons[:place])
        for place, (entry, step) in enumerate(zip(entries, reasons, strict=True))
    ]
    return (*verdicts, _read_label(reply["label"], label, sample))


def _read_verdict(
    entry: dict[str, Any], step: Step, shown: tuple[str, ...], earlier: Sequence[Step]
) -> Verdict:
    where = f"step {entry['step']}"
    if entry["decision"] not in list(Decision):
        raise ReplyError(f'"decision" of {where} must be one of {", ".join(Decision)}')
    decision = Decision(entry["decision"])
    cited = cited_ids(entry["evidence"], shown, where)
    if len(cited) != len(entry["evidence"]):
        raise ReplyError(f"{where} cites the same evidence twice")
    if not cited and decision is not Decision.UNVERIFIABLE:
        raise ReplyError(f"{where} is {decision} and cites no evidence")
    relevant, confidence = entry["relevant"], entry["confidence"]
    if not isinstance(relevant, bool):
        raise ReplyError(f'"relevant" of {where} must be true or false')
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise ReplyError(f'"confidence" of {where} must be a number from 0 to 1')
    repeats = entry["repeats"]
    if repeats is not None and (integer(repeats) is None or not 1 <= repeats <= len(earlier)):
        raise ReplyError(f'"repeats" of {where} must be null or the number of a step before it')
    return Verdict(
        step=step.index,
        rating=float(decision is Decision.SUPPORTED and relevant),
        decision=decision,
        evidence=cited,
        reason=read_reason(entry["reason"], where),
        relevant=relevant,
        confidence=confidence,
        checked=shown,
        repeats=None if repeats is None else earlier[repeats - 1].index,
    )


def _read_label(entry: Any, step: Step, sample: Sample) -> Verdict:
    if not isinstance(entry, dict) or set(entry) != {"named", "reason"}:
        raise ReplyError('"label" must have exactly the keys "named", "reason"')
    named = entry["named"]
    if not isinstance(named, list) or not all(isinstance(label, str) for label in named):
        raise ReplyError('"named" must be a list of labels')
    if unknown := [label for label in named if label not in sample.label_set]:
        raise ReplyError(f"the label {unknown[0]!r:.40} is no candidate")
    if len(set(named)) != len(named):
        raise ReplyError("a label is named twice")
    return Verdict(
        step=step.index,
        rating=sample.label_f1(named),
        reason=read_reason(entry["reason"], "the label"),
        labels=tuple(named),
    )


def _reply_schema(sample: Sample, evidence: Sequence[Evidence]) -> dict[str, Any]:
    ids = [piece.id for piece in shown_to_judge(evidence)]
    text = {"type": "string"}
    verdict = {
        "step": {"type": "integer"},
        "decision": {**text, "enum": [decision.value for decision in Decision]},
        # An empty enumeration is not valid in a schema.
        "evidence": list_of({**text, "enum": ids} if ids else text),
        "relevant": {"type": "boolean"},
        "repeats": {"type": ["integer", "null"]},
        "confidence": {"type": "number"},
        "reason": text,
    }
    label = {"named": list_of({**text, "enum": list(sample.label_set)}), "reason": text}
    return exact_object({"verdicts": list_of(exact_object(verdict)), "label": exact_object(label)})
