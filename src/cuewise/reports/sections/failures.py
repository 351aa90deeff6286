"""Where and how models fail: confused pairs, over-used labels, answers that name none."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.confusions import confused_pairs
from cuewise.analysis.endings import Endings, Evasion, endings, evasions
from cuewise.analysis.overuse import Use, label_uses
from cuewise.reports.blocks import Block, Section
from cuewise.reports.formats import decimal
from cuewise.reports.sections.failure_tables import (
    Pairs,
    ending_map,
    evasion_table,
    pair_table,
    run_maps,
    use_table,
)
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.phrases import (
    TOO_FEW,
    percent,
    percent_inside,
    plural,
    points_inside,
    words,
)
from cuewise.reports.words.phrases import listed


def failures_section(page: PageRuns, *, full: bool = False) -> Section | None:
    """Confused pairs, over-used labels and answers without a label; None where no run has a sample.

    Args:
        full: whether to list every pair and label.
    """
    links = page.links
    blocks: list[Block] = []
    for group in page.groups:
        pairs = [
            (answers.task, pair)
            for answers in group.tasks
            for pair in confused_pairs(answers, tasks=len(group.tasks))
        ]
        pairs.sort(key=lambda found: (not found[1].is_certain, -found[1].observed))
        uses = label_uses(group.tasks)
        ends = endings(group.pooled.table, group.clusters)
        lost = evasions(group.pooled.table, group.clusters)
        blocks.append(words(_sentences(group, pairs, uses, ends, lost)))
        blocks += pair_table(group, pairs, links, full)
        blocks += [use_table(group, uses, full)] if uses else []
        blocks += ending_map(group, ends)
        blocks += evasion_table(group, lost, full)
        blocks += run_maps(group) if len(group.runs) > 1 else []
    return Section("failures", "How answers fail", tuple(blocks)) if blocks else None


def _sentences(
    group: Group, pairs: Pairs, uses: Sequence[Use], ends: Sequence[Endings], lost: Sequence[Evasion]
) -> list[str]:
    return [
        group.heading + _on_pairs(pairs),
        _on_use(uses),
        _on_endings(ends, lost),
        "A pair that is not marked may be confused all the same: a small task shows only strong confusions."
        " Gold labels are people’s judgements, and some pairs are hard for people too.",
    ]


def _on_pairs(pairs: Pairs) -> str:
    certain = [found for found in pairs if found[1].is_certain]
    if pairs and all(pair.p_adjusted is None for _, pair in pairs):
        return (
            "Whether labels are confused more often than their frequencies explain cannot be told: too few answers or"
            " source videos."
        )
    if not certain:
        return "No two labels are shown to be confused more often than the labels’ frequencies alone would explain."
    told = [
        f"{pair.first} and {pair.second} in {task} ({decimal(pair.lift)} times as often as expected,"
        f" 95 % interval {decimal(pair.low)} to {decimal(pair.high)}; {plural(pair.observed, 'answer')})"
        for task, pair in certain[:3]
    ]
    one = len(certain) == 1
    return (
        f"{plural(len(certain), 'pair')} of labels {'is' if one else 'are'} confused more often than"
        f" the labels’ frequencies and chance would explain{': ' if one else ', most often '}{listed(told)}."
    )


def _on_use(uses: Sequence[Use]) -> str:
    collapsed = [
        f"{use.top.label} in {use.task} ({percent_inside(use.top.share)}, of labels named; {decimal(use.top.gold)} % of"
        " gold ones)"
        for use in uses
        if use.top.collapsed
    ]
    over = sorted(
        ((use.task, label) for use in uses for label in use.overused[:1]),
        key=lambda found: -found[1].excess.value,
    )
    told = [f"{label.label} in {task} ({points_inside(label.excess)})" for task, label in over[:3]]
    if all(label.excess.p_value is None for use in uses for label in use.labels):
        return "Whether a label is named more often than it is gold cannot be told: too few answers or source videos."
    sentence = (
        f"Named more often than gold, by more than chance explains: {'most of all ' if len(over) > len(told) else ''}"
        f"{listed(told)}."
        if told
        else "No label is shown to be named more often than it is gold."
    )
    if collapsed:
        sentence += f" Answers have collapsed onto one label: {listed(collapsed)}."
    return sentence


def _on_endings(ends: Sequence[Endings], lost: Sequence[Evasion]) -> str:
    worst = max(ends, key=lambda one: one.evaded.value)
    if not worst.evaded.value:
        return "Every answer names a candidate, where the model was asked and answered at all."
    many = plural(worst.count, "answer")
    sentence = f"Answers that name no candidate are most frequent in {worst.task}: {percent(worst.evaded)} of {many}."
    certain = [one for one in lost if one.is_certain and one.difference.value > 0]
    if certain:
        told = [f"{one.label} in {one.task} ({percent_inside(one.percent)})" for one in certain[:3]]
        sentence += f" Where the gold label is {listed(told)}, they are more frequent than in the rest of the"
        sentence += " task by more than chance explains."
    elif any(one.difference.p_value is not None for one in lost):
        sentence += " No gold label is shown to stand out."
    else:
        sentence += f" Whether they are more frequent for some gold labels {TOO_FEW}."
    return sentence
