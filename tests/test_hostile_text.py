"""No text, however made, costs a reader more than a moment: models choose what the readers read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from cuewise.errors import ReplyError
from cuewise.labels import find_labels, read_final_labels
from cuewise.labels.refusals import looks_like_refusal
from cuewise.prose import read_units, split_sentences
from cuewise.records import Clip, Cue, Evidence, EvidenceKind, Measure, Sample, Step
from cuewise.steps.llm import parse_extraction
from cuewise.steps.rules import extract_by_rules
from cuewise.verdicts.claims import read_claims
from cuewise.verdicts.llm import parse_judgement
from cuewise.verdicts.prosody import check_numbers
from cuewise.verdicts.rules import judge_label, judge_reason
from cuewise.verdicts.times import find_times

LABELS = ("happy", "sad", "very strong negative", "Doubt/Confusion", "other")
SAMPLE = Sample(id="T/a", task="T", clip=Clip(id="a"), question="?", label_set=LABELS, labels=("sad",))
STEPS = (Step(index=1, text="x"), Step(index=2, text="sad", labels=("sad",)))


def measured(number: int, name: str, value: float) -> Evidence:
    return Evidence(
        id=f"A{number}",
        kind=EvidenceKind.AUDIO,
        start_s=0,
        end_s=4,
        measure=Measure(name=name, value=value, unit="-"),
    )


EVIDENCE = (
    Evidence(
        id="C1",
        kind=EvidenceKind.CUE,
        start_s=0,
        end_s=4,
        cue=Cue(channel="brows", value="raised", start_s=0, end_s=4),
    ),
    measured(1, "f0_median", 200),
    measured(2, "loudness", -20),
    measured(3, "rate", 4),
    measured(4, "pauses", 1),
    measured(5, "pause", 0.4),
)


def refusing(parse: Callable[[str], object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return parse(text)
        except ReplyError:
            return None

    return read


def rating(text: str) -> str:
    entries = [{"step": number, "rating": 1, "evidence": [text], "reason": text} for number in (1, 2)]
    return json.dumps({"ratings": entries})


READERS: dict[str, Callable[[str], object]] = {
    "extract_by_rules": lambda text: extract_by_rules(text, LABELS),
    "read_final_labels": lambda text: read_final_labels(text, LABELS),
    "find_labels": lambda text: find_labels(text, LABELS),
    "looks_like_refusal": lambda text: looks_like_refusal(text, LABELS),
    "looks_like_refusal, short": lambda text: looks_like_refusal(text[:1200], LABELS),
    "read_units": read_units,
    "split_sentences": split_sentences,
    "read_claims": read_claims,
    "find_times": find_times,
    "check_numbers": lambda text: check_numbers(text, EVIDENCE),
    "judge_reason": lambda text: judge_reason(Step(index=1, text=text), EVIDENCE),
    "parse_extraction": refusing(lambda text: parse_extraction(text, SAMPLE)),
    "parse_extraction, inside": refusing(
        lambda text: parse_extraction(json.dumps({"steps": [text[:1999]] * 4, "label": text[:1999]}), SAMPLE)
    ),
    "parse_judgement": refusing(lambda text: parse_judgement(text, SAMPLE, STEPS, EVIDENCE)),
    "parse_judgement, inside": refusing(lambda text: parse_judgement(rating(text), SAMPLE, STEPS, EVIDENCE)),
}

FRAGMENTS = [
    *" \t\n\r\f\v\u00a0\u2003\u2028\u3000\u200b",
    *",.;:!?-–—_*`#~/\\|&%@'\"’“”()[]{}<>+=^$",
    *"，。；：！？、（）【】「」《》…·不没她",
    *"a1é0",
    "\r\n",
    "\n\n",
    " \n",
    "\n ",
    ", ",
    ". ",
    "1. ",
    "\n1. a",
    "\n- ",
    "a. ",
    "e.g. ",
    "... ",
    '" ',
    "( ",
    "**",
    "** ",
    "_ a",
    "``` ",
    "\n```\n",
    "<a>",
    "<think>",
    "</think>",
    "<think></think>",
    "# a\n",
    "the emotion is ",
    "the emotion ",
    "emotion, ",
    "Final answer: ",
    "my my ",
    "Answer\n",
    '"answer": ',
    "\\boxed{",
    "I choose ",
    "not ",
    "n't ",
    "not in a ",
    "unlikely that ",
    "whether the emotion is ",
    "less than ",
    "no ",
    "happy ",
    "happy, ",
    "happy or ",
    "very strong ",
    "because ",
    "as the ",
    "given, ",
    "I'm sorry, ",
    "I cannot ",
    "said ",
    "brows ",
    "raised ",
    "raised and ",
    "raised brows ",
    "brows of the ",
    "inner corners of the brows ",
    "upper lip ",
    "eyes look ",
    "voice ",
    "her voice is ",
    "loud ",
    "music ",
    "the other speaker's ",
    "could be ",
    "would ",
    "if ",
    "seem but ",
    "1.2 s ",
    "1.2 to ",
    "at 1 ",
    "1:2",
    "pitch 200 Hz ",
    "1,2",
    "1-",
    "-1 ",
    "9 to 9 Hz ",
    "pitch -",
    "no pause ",
    "three pauses ",
    "最终答案",
    "情绪是",
    "{",
    '{"steps": ',
    "[[",
    '"a",',
    '{"a":',
]


PARTS = 4
"""So that several workers share the fragments."""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_repeat_of_anything_holds_the_readers_up(part: int) -> None:
    """All readers of one text together: what one works out, the next may find."""
    slow = {}
    for fragment in FRAGMENTS[part::PARTS]:
        run = (fragment * (30_000 // len(fragment) + 1))[:30_000]
        # The second is short enough to be read as a whole.
        for text in (run, f"The emotion{run[:7900]}is happy, as her brows are raised"):
            seconds = {}
            for name, read in READERS.items():
                # Of CPU, because a clock on the wall also counts what other programs take.
                start = time.thread_time()
                read(text)
                seconds[name] = time.thread_time() - start
            if sum(seconds.values()) >= 1:
                slow[fragment, text[:12]] = seconds
    assert slow == {}


def test_a_megabyte_is_read_and_judged_at_once() -> None:
    """An answer of any length is read without holding up what else runs on the event loop."""
    text = "Her brows are raised, and her voice is soft at 1.0 s. " * 20_000 + "\nFinal answer: sad"
    start = time.thread_time()
    *reasons, label = extract_by_rules(text, LABELS)
    for step in reasons:
        judge_reason(step, EVIDENCE)
    seconds = time.thread_time() - start
    assert label.labels == ("sad",)
    assert judge_label(label, SAMPLE).rating == 1
    assert seconds < 1  # a tenth of that on a quiet machine; fifteen times that before there was a bound
