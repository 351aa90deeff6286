"""What can be said of several runs together, and of the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cuewise.analysis.study_runs import further_conditions, group_studies
from cuewise.counts import how_many
from cuewise.records import Protocol
from cuewise.reports.formats import decimal
from cuewise.reports.words.outcomes import is_low
from cuewise.reports.words.phrases import kept_together, listed
from cuewise.reports.words.protocols import NAMES
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

MANY: Final = 3
"""Runs that a sentence names at most."""

COMPARED: Final = {
    "modalities": "what the model was sent",
    "video": "how the model was sent the picture",
    "treatment": "how clips were changed before they were sent",
    "frame_rule": "how frames were sampled",
    "epochs": "how often each sample was asked",
    "sampling": "how answers were drawn",
    "extractor": "the extractor of steps",
    "judge": "the judge",
    "more_judges": "the further judges",
    "judge_repeats": "how often each judge judged",
    "panel_rule": "how several judgements become one",
    "audio_clue": "who described the sound",
    "transcribe": "who wrote down the words",
    "describe": "who described the frames",
    "evidence": "the version of the evidence",
    "taxonomy": "the version of the label taxonomy",
    "prompts": "prompts",
    "alpha": "the weight of recognition",
}
"""Settings beside model and protocol that can change a score, in words."""

_SAMPLES: Final = frozenset({"dataset_sha256", "tasks", "n_samples"})

Run = tuple[str, "Settings", Figures]
"""Name, settings and overall figures."""


def title(settings: Sequence[Settings]) -> str:
    """What a report is about: its model or models, and both protocols where there are both.

    Args:
        settings: of each run.
    """
    models = list(dict.fromkeys(one.model.name for one in settings))
    if is_one_study(settings):
        return f"{models[0]}, given its clips in {len(settings)} ways"
    about = models[0] if len(models) == 1 else f"{len(models)} models"
    protocols = {one.protocol for one in settings}
    several = len(settings) > len(models) * len(protocols)
    runs = f"{len(settings)} runs" if several else ""
    if len(protocols) > 1:
        return ", ".join(filter(None, [about, runs, "by both protocols"]))
    if several:
        return f"{about}, {runs} compared"
    return about if len(settings) == 1 else f"{about} compared"


def is_one_study(settings: Sequence[Settings]) -> bool:
    """Whether runs are one study of what a model relies on, and nothing else."""
    studies = group_studies(settings)
    return len(studies) == 1 and len(studies[0]) == len(settings)


def comparison_sentences(runs: Sequence[Run], leaders: Sequence[str]) -> list[str]:
    """What can be said of several runs together; empty for one. The further conditions of a study are not compared: its
    section says what they tell of their model.

    Args:
        runs: in the order in which they stand on the page.
        leaders: which run of each protocol is best, and how certain that is. Runs are ranked within their protocol
            only: points under different rules are different things.
    """
    further = further_conditions([settings for _, settings, _ in runs])
    studied = len(further)
    runs = [run for place, run in enumerate(runs) if place not in further]
    if len(runs) < 2:
        return []
    groups = {
        protocol: [run for run in runs if run[1].protocol is protocol]
        for protocol in Protocol
        if any(settings.protocol is protocol for _, settings, _ in runs)
    }
    sentences = list(leaders)
    if low := [(figures.coverage or 0.0, name) for name, _, figures in runs if is_low(figures.coverage)]:
        told = (
            f"Coverage is low: {listed([f'{decimal(coverage)} % for {name}' for coverage, name in low])}."
            if len(low) <= MANY
            else f"Coverage is low for {len(low)} of {len(runs)} runs, {decimal(min(low)[0])} to"
            f" {decimal(max(low)[0])} %."
        )
        sentences.append(f"{told} What has no score counts as 0.")
    if len(groups) > 1:
        sentences.append(
            f"Scores under {listed([_rules(protocol) for protocol in groups])} are points for different things and"
            " must not be compared with each other: rank models within one protocol."
        )
    if any(_SAMPLES & differences.keys() for differences in _differences(runs)):
        sentences.append(
            "The runs were not made on the same samples: compare figures of equal tasks only, with care."
        )
    differing = {name for group in groups.values() for found in _differences(group) for name in found}
    if others := [words for name, words in COMPARED.items() if name in differing]:
        sentences.append(
            f"Beside the model, the runs differ in {listed(others)}; differences between their figures may come"
            " from there."
        )
    if studied:
        sentences.append(
            f"{how_many(studied, 'further run')} {'gives' if studied == 1 else 'give'} a model the same clips in"
            " another way: what they tell of it stands in the study’s own part, and they are not ranked."
        )
    return [kept_together(sentence) for sentence in sentences]


def _rules(protocol: Protocol) -> str:
    return f"the {NAMES[protocol]}" if protocol is Protocol.MME_EMOTION else f"the {NAMES[protocol]} rules"


def _differences(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Of each further run from the first."""
    return [runs[0][1].differences(settings) for _, settings, _ in runs[1:]]
