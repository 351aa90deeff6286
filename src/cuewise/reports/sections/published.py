"""The published tables rebuilt, with the intervals and baselines that they lack, and the cells that disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.published.figures import Disagreement, PublishedBaseline, PublishedModel, published
from cuewise.published.uncertainty import PublishedEstimate, overall_estimates, task_estimates
from cuewise.reports.blocks import Block, Column, HeatMap, Section, Table, Text, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal
from cuewise.reports.sections.values import BELOW
from cuewise.reports.words.phrases import kept_together, listed, with_interval
from cuewise.samples.tasks import tasks as all_tasks
from cuewise.scores.baselines import skill

OVERALL: Final = "All tasks"

_MAJORITY: Final = "Always the most frequent label"
_RANDOM: Final = "Labels drawn by lot"


def published_section() -> Section:
    """The published models: overall, by task, and what of their figures can be relied on."""
    models = ranked_models()
    return Section(
        id="published",
        title="Published models",
        blocks=(
            Words(_conclusions(models)),
            *_disagreements(),
            published_table(models),
            _baseline_table(models),
            *published_maps(models),
            Words((f"What is not known of these figures. {' '.join(published().unknown)}",)),
        ),
    )


def ranked_models() -> tuple[PublishedModel, ...]:
    """The published models, highest CoT score first."""
    return tuple(sorted(published().models, key=lambda model: -model.overall.cot))


def published_table(models: Sequence[PublishedModel]) -> Table:
    """The paper's overall table, with intervals, ranks, skill, the means and the baselines."""
    estimates = {model.name: overall_estimates(model) for model in models}
    baseline, means = published().overall_baseline(), published().means()
    rows: list[tuple[Value | Text, ...]] = [
        (
            Text(
                model.name,
                sub=", ".join(filter(None, (model.access, model.size, " + ".join(model.modalities)))),
            ),
            *(_value(estimates[model.name][score]) for score in SCORES),
            _skill(model.overall.recognition, baseline.majority),
            _skill(model.overall.recognition, baseline.random),
            _rank([estimates[other.name]["cot"] for other in models], place),
            Value(model.steps, shown=decimal(model.steps)),
            Value(model.tokens, shown=decimal(model.tokens)),
        )
        for place, model in enumerate(models)
    ]
    nothing = Value(None)
    mean = tuple(Value(getattr(means, score)) for score in SCORES)
    skills = [_skill(means.recognition, base) for base in (baseline.majority, baseline.random)]
    rows.append((Text(f"Mean of the {len(models)} models"), *mean, *skills, *(nothing,) * 3))
    for name, percent in ((_MAJORITY, baseline.majority), (_RANDOM, baseline.random)):
        skills = [Value(skill(percent, base)) for base in (baseline.majority, baseline.random)]
        rows.append((Text(name), Value(percent), nothing, nothing, *skills, *(nothing,) * 3))
    known = published()
    return Table(
        id="published-overall",
        title="Published scores over all 6,500 questions",
        columns=(
            Column(
                "Model", help="Second line: whether its weights can be had, its size, and what it was given"
            ),
            *(Column(title, "percent") for title in SCORES.values()),
            Column(
                "Skill over the most frequent label",
                "percent",
                "100: all right; 0: no better; below 0: worse",
            ),
            Column("Skill over labels by lot", "percent"),
            Column(
                "CoT rank", "count", "Place by CoT, and the places that the intervals leave open", rising=True
            ),
            Column("Steps", "count", "Mean per answer, the label step included"),
            Column("Tokens", "count", "Mean per answer"),
        ),
        rows=tuple(rows),
        note=(
            f"From {known.source}; judged by {known.judge}. Intervals are 95 % and our own: the paper prints none."
            " They are Wilson’s for the number of questions, as if none had left the denominator and all were"
            " independent; where a task’s clips are of few source videos, the true interval is wider. Ranks leave open"
            " what overlapping intervals do."
        ),
    )


def published_maps(models: Sequence[PublishedModel]) -> tuple[HeatMap, ...]:
    """The task heat maps of the three scores, models by tasks."""
    return tuple(_map(score, title, models) for score, title in SCORES.items())


def _map(score: str, title: str, models: Sequence[PublishedModel]) -> HeatMap:
    known = published()
    names = tuple(all_tasks())
    marks = {
        (cell.model, cell.task): f"the paper’s heat map prints {decimal(cell.heat_map)}"
        for cell in known.disagreements
        if cell.score == score
    }
    baselines = {**known.baselines, OVERALL: known.overall_baseline()}
    rows = []
    for model in models:
        found = {task: task_estimates(model, task)[score] for task in names}
        found[OVERALL] = overall_estimates(model)[score]
        rows.append(
            tuple(
                _value(
                    one,
                    marks.get((model.name, task), "")
                    or (BELOW if score == "recognition" and one.percent < _best(baselines[task]) else ""),
                )
                for task, one in found.items()
            )
        )
    labels = [model.name for model in models]
    rows.append(
        tuple(
            Value(getattr(mean, score))
            for mean in (*(known.task_means()[task] for task in names), known.means())
        )
    )
    labels.append(f"Mean of the {len(models)} models")
    if score == "recognition":
        rows.append(tuple(Value(baselines[task].majority) for task in (*names, OVERALL)))
        rows.append(tuple(Value(baselines[task].random) for task in (*names, OVERALL)))
        labels += [_MAJORITY, _RANDOM]
    stars = (
        ["*: below what a model without eyes and ears scores, the last two rows."]
        if score == "recognition"
        else []
    )
    stars += ["*: the paper’s heat map prints another figure."] if marks else []
    return HeatMap(
        id=f"published-{score}",
        title=f"Published {title if score == 'cot' else title.lower()} scores by task",
        unit="percent",
        row_title="Model",
        column_title="Task",
        rows=tuple(labels),
        columns=(*names, OVERALL),
        cells=tuple(rows),
        note=" ".join(["Figures of the site’s table.", *stars]),
    )


def _baseline_table(models: Sequence[PublishedModel]) -> Table:
    """By task: what scores without a look at the clip, and who does not reach it."""
    known = published()
    rows = []
    for task, of_task in all_tasks().items():
        baseline = known.baselines[task]
        best = max(models, key=lambda model: model.tasks[task].recognition)
        rows.append(
            (
                Text(task, sub=f"“{baseline.label}”"),
                Value(of_task.n_questions),
                Value(baseline.majority),
                Value(baseline.random),
                Value(len(_below(models, task))),
                Text(best.name),
                _value(task_estimates(best, task)["recognition"]),
                _skill(best.tasks[task].recognition, _best(baseline)),
            )
        )
    return Table(
        id="published-baselines",
        title="Recognition by task against baselines",
        columns=(
            Column("Task", help="Second line: its most frequent gold label"),
            Column("Questions", "count"),
            Column(_MAJORITY, "percent"),
            Column(_RANDOM, "percent"),
            Column(f"Models of {len(models)} below the better of the two", "count"),
            Column("Best model"),
            Column("Its recognition", "percent"),
            Column("Its skill", "percent", "Over the better of the two baselines"),
        ),
        rows=tuple(rows),
        note="Baselines are computed from the published annotations; the paper has none.",
    )


def _conclusions(models: Sequence[PublishedModel]) -> tuple[str, ...]:
    means, baseline = published().means(), published().overall_baseline()
    first = max(models, key=lambda model: model.overall.recognition)
    found = overall_estimates(first)["recognition"]
    open_ = [
        model
        for model in models
        if model is not first and overall_estimates(model)["recognition"].interval.high >= found.interval.low
    ]
    sentence = (
        f"Of the {len(models)} published models, {first.name} has the highest recognition,"
        f" {with_interval(found.percent, found.interval)}."
    )
    if open_:
        names = listed([model.name for model in open_])
        sentence += f" By the intervals, {names} may be as good."
    sentence += (
        f" The means over the models are {decimal(means.recognition)} in recognition, {decimal(means.reasoning)} in"
        f" reasoning and {decimal(means.cot)} in CoT."
    )
    below = {task: _below(models, task) for task in all_tasks()}
    most = [f"{task} ({len(those)})" for task, those in below.items() if len(those) > len(models) / 2]
    against = (
        f"Always naming each task’s most frequent label scores {decimal(baseline.majority)} % of recognition over all"
        f" questions, labels drawn by lot {decimal(baseline.random)} %."
    )
    if most:
        against += f" More than half of the models score less than the better of the two in {listed(most)}."
    return kept_together(sentence), kept_together(against)


def _disagreements() -> tuple[Block, ...]:
    """The cells in which the two published tables differ, by name, and which of the two agrees with itself."""
    cells = published().disagreements
    if not cells:
        return ()
    told = (
        f"{cell.model}, {cell.task}, {_score_name(cell)}: {decimal(cell.site)} on the site, {decimal(cell.heat_map)} in"
        f" the paper’s heat map ({_which(cell)})"
        for cell in cells
    )
    return (
        Words(
            (
                f"{len(cells)} cells of the paper’s task heat map differ from the site’s table, which is shown here:"
                f" {'; '.join(told)}.",
            ),
            warning=True,
        ),
    )


def _which(cell: Disagreement) -> str:
    """Which of the two has a CoT score that is the mean of recognition and reasoning."""
    match cell.site_agrees, cell.heat_map_agrees:
        case True, False:
            return "only the site’s row adds up"
        case False, True:
            return "only the heat map’s row adds up"
        case True, True:
            return "both rows add up"
    return "neither row adds up"


def _score_name(cell: Disagreement) -> str:
    return "CoT" if cell.score == "cot" else cell.score


def _below(models: Sequence[PublishedModel], task: str) -> list[PublishedModel]:
    best = _best(published().baselines[task])
    return [model for model in models if model.tasks[task].recognition < best]


def _best(baseline: PublishedBaseline) -> float:
    return max(baseline.majority, baseline.random)


def _value(estimate: PublishedEstimate, mark: str = "") -> Value:
    return Value(estimate.percent, estimate.interval.low, estimate.interval.high, n=estimate.count, mark=mark)


def _skill(percent: float, baseline: float) -> Value:
    found = skill(percent, baseline)
    return Value(found, mark=BELOW if found is not None and round(found, 6) < 0 else "")


def _rank(estimates: Sequence[PublishedEstimate], place: int) -> Value:
    """The place of one of several figures, equal ones sharing the better place, and those that intervals which
    overlap leave open."""
    own = estimates[place]
    above = sum(one.interval.low > own.interval.high for one in estimates)
    beneath = sum(one.interval.high < own.interval.low for one in estimates)
    rank = 1 + sum(one.percent > own.percent for one in estimates)
    return Value(rank, low=1 + above, high=len(estimates) - beneath)
