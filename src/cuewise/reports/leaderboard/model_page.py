"""What stands on the page of one model, as sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cuewise.published.figures import published
from cuewise.reports.blocks import (
    Block,
    Column,
    Details,
    HeatMap,
    Profile,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal
from cuewise.reports.leaderboard.entries import OVERALL, Entry, TaskScores
from cuewise.reports.leaderboard.people import people_section
from cuewise.reports.leaderboard.standing import Group, Ranks
from cuewise.reports.methods import settings_lines
from cuewise.reports.sections.confusion import confusion_section
from cuewise.reports.sections.effects import effects_section
from cuewise.reports.sections.failures import failures_section
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.slices import slices_section
from cuewise.reports.words.outcomes import OUTCOMES

INTERVALS: Final = (
    "Intervals are 95 %; samples of one source video are taken together, as they are not independent. Skill is"
    " recognition above the better of two baselines, naming each task’s most frequent label and drawing labels by lot:"
    " 100 is all right, 0 no better, below 0 worse."
)
_PUBLISHED_INTERVALS: Final = (
    "Intervals are 95 % and Cuewise’s own, from the printed figure and the number of questions alone: the paper prints"
    " none. They are Wilson’s, as if no question had left the denominator and all were independent; where a task’s"
    " clips are of few source videos, the true interval is wider."
)
_ANALYSES: Final = (confusion_section, failures_section, slices_section, effects_section)
_STAGES: Final = {
    "answer": "Answers of the model",
    "steps": "Taking answers apart",
    "evidence": "Telling of clips",
    "verdicts": "Judging",
}


def model_sections(entry: Entry, group: Group, ranks: Ranks) -> tuple[Section, ...]:
    """The sections of one model's page."""
    if entry.people is not None:
        return (_scores(entry, group, ranks), people_section(entry))
    parts = [_scores(entry, group, ranks), _profile(entry)]
    if entry.details is None:
        return (*parts, _unknown(entry))
    run = AnalysedRun(
        entry.run, entry.model, 0, entry.protocol, entry.details.table, entry.details.header.settings
    )
    page = PageRuns([run])
    analysed = [make(page) for make in _ANALYSES]
    parts += [_categories(entry), *(without_links(section) for section in analysed if section is not None)]
    return (*parts, _outcomes(entry), _cost(entry), _manifest(entry))


def without_links(section: Section) -> Section:
    """A section made for the report, without links into it, which lead nowhere here."""
    return replace(section, blocks=tuple(map(_unlinked, section.blocks)))


def _unlinked(block: Block) -> Block:
    if isinstance(block, Details):
        return replace(block, blocks=tuple(map(_unlinked, block.blocks)))
    if not isinstance(block, Table):
        return block
    rows = tuple(
        tuple(replace(cell, href="") if isinstance(cell, Text) else cell for cell in row)
        for row in block.rows
    )
    return replace(block, rows=rows)


def _scores(entry: Entry, group: Group, ranks: Ranks) -> Section:
    several = len(group.entries) > 1
    rows = tuple(
        (
            Text(task),
            Value(found.count),
            found.scores["recognition"],
            *((ranks.get((entry.slug, task, "recognition"), Value(None)),) if several else ()),
            Value(found.majority),
            Value(found.random),
            Value(found.skill, mark="below the baseline" if _below(found) else ""),
            found.scores["reasoning"],
            found.scores["cot"],
            *((ranks.get((entry.slug, task, "cot"), Value(None)),) if several else ()),
            Value(found.coverage),
        )
        for task, found in entry.results.items()
    )
    rank = f"Among the {len(group.entries)} models that were judged alike; the range is what the samples leave open"
    columns = (
        Column("Task"),
        Column("Samples", "count"),
        Column("Recognition", "percent"),
        *((Column("Its rank", "count", rank, rising=True),) if several else ()),
        Column("Most frequent label", "percent", "Recognition of naming it for every question"),
        Column("Labels by lot", "percent", "Expected recognition of labels drawn from the candidates"),
        Column("Skill", "percent"),
        Column("Reasoning", "percent"),
        Column("CoT", "percent"),
        *((Column("CoT rank", "count", rank, rising=True),) if several else ()),
        Column("Coverage", "percent", "Share of answers that were scored; the others count as 0"),
    )
    note = _PUBLISHED_INTERVALS if entry.published else INTERVALS
    return Section("scores", "Scores", (Table("scores-by-task", "Scores by task", columns, rows, note),))


def _below(found: TaskScores) -> bool:
    return found.skill is not None and round(found.skill, 6) < 0


def _profile(entry: Entry) -> Section:
    tasks = [task for task in entry.results if task != OVERALL]
    series = [
        Series(
            title, place, tuple(range(len(tasks))), tuple(entry.results[task].scores[name] for task in tasks)
        )
        for place, (name, title) in enumerate(SCORES.items())
    ]
    baseline = tuple(Value(entry.results[task].majority) for task in tasks)
    series.append(Series("Most frequent label", len(series), tuple(range(len(tasks))), baseline))
    blocks: list[Block] = []
    if len(tasks) > 2:
        blocks.append(Profile("profile-tasks", "Scores over tasks", "percent", tuple(tasks), tuple(series)))
    cells = tuple(tuple(entry.results[task].scores[name] for name in SCORES) for task in tasks)
    blocks.append(
        HeatMap(
            "map-tasks",
            "Scores by task",
            "percent",
            "Task",
            "Score",
            tuple(tasks),
            tuple(SCORES.values()),
            cells,
        )
    )
    return Section("tasks", "Tasks", tuple(blocks))


def _unknown(entry: Entry) -> Section:
    """What is not known of a published model, and where its published cells disagree."""
    known = published()
    blocks: list[Block] = [
        Words(
            (
                f"These figures are published ({known.source}) and not Cuewise’s. They were judged by {known.judge},"
                f" and the answers taken apart by {known.extractor}, so they do not compare with figures that another"
                " judge gave.",
                *known.unknown,
            ),
        )
    ]
    if cells := [cell for cell in known.disagreements if cell.model == entry.model]:
        told = tuple(
            f"{cell.task}, {'CoT' if cell.score == 'cot' else cell.score}: the site’s table has {decimal(cell.site)},"
            f" which is shown here, and the paper’s heat map {decimal(cell.heat_map)}. "
            + (
                "The site’s three scores of this task agree with one another, the heat map’s do not."
                if cell.site_agrees and not cell.heat_map_agrees
                else "Which of them is right cannot be told."
            )
            for cell in cells
        )
        blocks.insert(0, Words(told, warning=True))
    return Section("unknown", "What is not known", tuple(blocks))


def _categories(entry: Entry) -> Section:
    """Scores by gold label of each task."""
    assert entry.details is not None
    summary = entry.details.summary
    blocks: list[Block] = []
    for task in summary.tasks():
        found = summary.categories(task)
        rows = tuple(f"{label} ({figures.count})" for label, figures in found.items())
        cells = tuple(
            tuple(
                Value(
                    getattr(figures, name),
                    None if (interval := figures.interval[name]) is None else interval.low,
                    None if interval is None else interval.high,
                    figures.count,
                )
                for name in SCORES
            )
            for figures in found.values()
        )
        heat = HeatMap(
            f"map-{len(blocks)}",
            f"{task}: scores by gold label",
            "percent",
            "Gold label (samples)",
            "Score",
            rows,
            tuple(SCORES.values()),
            cells,
        )
        blocks.append(Details(task, (heat,)))
    return Section("categories", "Gold labels", tuple(blocks))


def _outcomes(entry: Entry) -> Section:
    assert entry.details is not None
    overall = entry.details.summary.overall()
    rows = tuple(
        (Text(words), Value(number), Value(100 * number / overall.asked), Text(lies_with))
        for kind, (words, lies_with) in OUTCOMES.items()
        if (number := overall.outcomes.get(kind.value, 0))
    )
    columns = (
        Column("How an answer ended"),
        Column("Answers", "count"),
        Column("Share", "percent"),
        Column("Cause lies with"),
    )
    note = "Every sample counts: one without a score adds 0 to all three scores."
    return Section(
        "outcomes", "Outcomes", (Table("outcomes-kinds", "How answers ended", columns, rows, note),)
    )


def _cost(entry: Entry) -> Section:
    assert entry.details is not None
    header = entry.details.header
    costs = header.costs_usd
    if not costs:
        words = "What the calls cost is not known: the store of the run’s calls was not beside it."
        return Section("cost", "Cost", (Words((words,)),))
    rows = tuple(
        (Text(title), Value(costs[stage], shown=_dollars(costs[stage])))
        for stage, title in _STAGES.items()
        if stage in costs
    )
    columns = (Column("Calls for"), Column("Cost", rising=True))
    note = (
        "US dollars, as stated by whoever made the run: it cannot be checked."
        if entry.origin == "submission"
        else ""
    )
    return Section("cost", "Cost", (Table("cost-stages", "What the calls cost", columns, rows, note),))


def _dollars(cost: float | None) -> str:
    from cuewise.runs.budget import dollars

    return "not known" if cost is None else dollars(cost)


def _manifest(entry: Entry) -> Section:
    assert entry.details is not None
    header = entry.details.header
    lines = {
        "run": header.run,
        **settings_lines(header.settings, header.own_tasks),
        "begun (UTC)": header.created_at,
        "cuewise": header.cuewise,
        "source commit": header.git_commit or "",
        "python": header.python,
        **header.versions,
        **{f"prompt {name}": sha for name, sha in header.settings.prompts.items()},
    }
    return Section("manifest", "How it was made", (_lines("manifest-lines", "Settings and versions", lines),))


def _lines(id_: str, title: str, lines: dict[str, str]) -> Table:
    rows: Sequence[tuple[Text, Text]] = [(Text(name), Text(value)) for name, value in lines.items() if value]
    return Table(id_, title, (Column("What"), Column("Value")), tuple(rows))
