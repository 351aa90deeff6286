"""The judge against the raters as blocks."""

from __future__ import annotations

from cuewise.reports.blocks import (
    Block,
    Cell,
    Column,
    HeatMap,
    Plot,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.study.report import cells
from cuewise.study.report.judge import JudgeAgainst
from cuewise.study.report.reporting import StudyReport


def judge_section(report: StudyReport) -> Section:
    """How often the judge says what people say, and whether it would pass as one of them."""
    overall = report.judge[0]
    blocks: list[Block] = []
    if sum(_cells(overall)):
        blocks.append(_confusion(overall))
    blocks += [_steps(report), _as_rater(report), _in_place(report), _scores(report)]
    if overall.apart is not None:
        blocks.append(_apart(overall))
    blocks.append(_labels(report))
    return Section("judge", "The judge against the raters", tuple(blocks))


def _cells(judge: JudgeAgainst) -> tuple[int, int, int, int]:
    found = judge.confusion
    return found.right_passed, found.right_failed, found.wrong_passed, found.wrong_failed


def _confusion(judge: JudgeAgainst) -> HeatMap:
    passed, failed, wrong_passed, wrong_failed = _cells(judge)
    rows = {"right": (passed, failed), "wrong": (wrong_passed, wrong_failed)}
    return HeatMap(
        id="confusion",
        title="What the judge makes of steps",
        unit="percent",
        row_title="Most raters say",
        column_title="The judge",
        rows=tuple(f"{name} ({sum(counts):,} steps)" for name, counts in rows.items()),
        columns=("Judge passes", "Judge fails"),
        cells=tuple(
            tuple(Value(100 * count / sum(counts) if sum(counts) else None, n=count) for count in counts)
            for counts in rows.values()
        ),
        note=f"Percent of each row; each rated step counts once. Steps on which raters are tied are left out:"
        f" {judge.tied:,}.",
    )


def _steps(report: StudyReport) -> Table:
    return Table(
        id="judge-steps",
        title="Step by step: the judge and most raters",
        columns=(
            Column("Of"),
            Column("Steps", "count", "On which raters are not tied"),
            Column("Raw", "percent", "Steps on which the judge says what most raters say"),
            Column("Kappa", "ratio", "Cohen’s, of judge and majority"),
            Column("Right passed", "percent", "Sensitivity: of steps that most raters find right"),
            Column("Wrong failed", "percent", "Specificity: of steps that most raters find wrong"),
        ),
        rows=tuple(
            (
                _name(one),
                Value(one.raw.n_units),
                cells.percent(one.raw),
                cells.ratio(one.kappa),
                cells.share(one.sensitivity),
                cells.share(one.specificity),
            )
            for one in report.judge
        ),
        note=f"95 % intervals by whole {report.cluster_kind}s, those of what is passed and failed by answers."
        f" {_counting(report)} {_why(report, {'raw': 'Raw', 'kappa': 'Kappa'})}".strip(),
    )


def _counting(report: StudyReport) -> str:
    if not report.weighted:
        return "Each rated step counts once."
    return (
        "Raw agreement and kappa count the steps of each answer for as many answers as it stands for; right passed and"
        " wrong failed count each rated step once, as the map of what the judge makes of steps does."
    )


def _weighted(report: StudyReport, why: str, but: str = "") -> str:
    """The note of a table of weighted figures."""
    return f"{cells.STANDS_FOR}{but}. {why}".strip() if report.weighted else why


def _as_rater(report: StudyReport) -> Table:
    heads = {
        "alpha_people": "Alpha, raters",
        "alpha_with_judge": "Alpha with judge",
        "cohen_people": "Cohen’s kappa, raters",
        "cohen_judge": "Cohen’s kappa, judge",
    }
    return Table(
        id="judge-as-rater",
        title="The judge as one rater more",
        columns=(
            Column("Of"),
            Column(
                heads["alpha_people"],
                "ratio",
                "Krippendorff’s, of the raters on the steps that the judge judged",
            ),
            Column(
                heads["alpha_with_judge"],
                "ratio",
                "The same with the judge among them: no lower if it is like them",
            ),
            Column(heads["cohen_people"], "ratio", "Mean over pairs of raters"),
            Column(heads["cohen_judge"], "ratio", "Mean over the judge with each rater"),
        ),
        rows=tuple(
            (_name(one), *(cells.ratio(getattr(one, name)) for name in heads)) for one in report.judge
        ),
        note=_weighted(report, _why(report, heads)),
    )


def _name(one: JudgeAgainst) -> Text:
    return Text(one.group or "All", sub="" if one.kind in ("all", "task") else one.kind)


def _why(report: StudyReport, heads: dict[str, str]) -> str:
    """Why figures are missing."""
    return cells.reasons(
        (one.group or "All", title, getattr(one, name))
        for one in report.judge
        for name, title in heads.items()
    )


def _in_place(report: StudyReport) -> Block:
    if not report.in_place_of:
        return Words(("Whether the judge would pass as a rater takes two raters who rated the same steps.",))
    return Table(
        id="in-place-of",
        title="Would the judge pass as a rater?",
        columns=(
            Column("In place of"),
            Column("Steps", "count"),
            Column("Judge with others", "percent", "How many of the other raters say what the judge says"),
            Column("Rater with others", "percent", "How many of them say what this rater says"),
            Column("Difference", "points", "Above 0 the judge is closer to the others than the rater is"),
        ),
        rows=tuple(
            (
                Text(one.rater),
                Value(one.steps),
                cells.percent(one.judge),
                cells.percent(one.rater_agrees),
                cells.percent(one.difference),
            )
            for one in report.in_place_of
        ),
        note="Each rater in turn is held against all the others, and the judge against the same others on the same"
        " steps, each of which counts once.",
    )


def _scores(report: StudyReport) -> Table:
    names = {"icc": "ICC(2,1)", "spearman": "Spearman", "pearson": "Pearson"}
    rows: list[tuple[Cell, ...]] = []
    for one in report.judge:
        apart = one.apart
        limits = (None, None, None) if apart is None else (apart.bias, apart.lower, apart.upper)
        rows.append(
            (
                _name(one),
                Value(0 if apart is None else len(apart.differences)),
                *(cells.ratio(getattr(one, name)) for name in names),
                *(cells.percent(each) for each in limits),
            )
        )
    return Table(
        id="judge-scores",
        title="Answer by answer: the judge’s score and the raters’ mean",
        columns=(
            Column("Of"),
            Column("Answers", "count"),
            Column(names["icc"], "ratio", "Whether scores are the same: a judge who gives more to all errs"),
            Column(names["spearman"], "ratio", "Whether they rank answers alike"),
            Column(names["pearson"], "ratio", "Whether scores rise together"),
            Column("Bias", "points", "The judge’s score less the raters’ mean"),
            Column("Lower limit", "points", "Bias less 1.96 standard deviations of a difference"),
            Column("Upper limit", "points"),
        ),
        rows=tuple(rows),
        note=_weighted(
            report, _why(report, names), "; Spearman’s and Pearson’s correlations count each once"
        ),
    )


def _apart(judge: JudgeAgainst) -> Plot:
    apart = judge.apart
    assert apart is not None
    lines = (("bias", apart.bias), ("lower limit", apart.lower), ("upper limit", apart.upper))
    return Plot(
        id="bland-altman",
        title="Judge less raters by their mean (Bland and Altman)",
        x_title="Mean of both scores",
        y_title="Judge less raters",
        x_unit="percent",
        y_unit="points",
        series=(
            Series(
                "answers",
                0,
                tuple(100 * x for x in apart.means.tolist()),
                tuple(Value(100 * y) for y in apart.differences.tolist()),
            ),
        ),
        reference=tuple((name, 100 * one.value) for name, one in lines if one.value is not None),
        note="A point is an answer. 95 % of differences lie between the limits, if they are normal.",
    )


def _labels(report: StudyReport) -> Table:
    found = report.labels
    assert found is not None
    return Table(
        id="labels",
        title=f"Labels: raters beside {found.beside}",
        columns=(
            Column("Of"),
            Column("Labels", "count", "That raters were asked about"),
            Column("Raw", "percent", "Labels of which most raters say the same as that"),
            Column("Kappa", "ratio"),
            Column("Alpha, raters", "ratio"),
        ),
        rows=(
            (
                Text("All"),
                Value(found.agreement.n_units),
                cells.percent(found.agreement),
                cells.ratio(found.kappa),
                cells.ratio(found.alpha_people),
            ),
        ),
        note=_weighted(
            report,
            cells.reasons(
                (
                    ("All", "Raw", found.agreement),
                    ("All", "Kappa", found.kappa),
                    ("All", "Alpha, raters", found.alpha_people),
                )
            ),
        ),
    )
