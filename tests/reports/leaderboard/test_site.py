"""The leaderboard's files: whole, alike each time, true to the runs, and safe whatever is in them."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from cuewise.errors import InputError
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.published.figures import published
from cuewise.records import Answer, OutcomeKind
from cuewise.reports.leaderboard.cases import Why, make_cases
from cuewise.reports.leaderboard.entries import (
    OVERALL,
    Entry,
    Slugs,
    published_entries,
    run_entry,
    submission_entry,
    yardstick,
)
from cuewise.reports.leaderboard.rows import HEADS, spreadsheet
from cuewise.reports.leaderboard.site import write_site
from cuewise.reports.leaderboard.standing import groups_of, ranks_of
from cuewise.submissions.export import header_of
from support.board import HOSTILE, Board
from support.outcomes import make_outcome, make_outcomes, make_samples
from support.submissions import made_run, sound_run, submission_of, tampered

MEANS = ("steps", "tokens")


class Links(HTMLParser):
    """Addresses and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.addresses.append(value)
            if name == "id" and value is not None:
                self.ids.append(value)


def pages(board: Board) -> dict[str, Links]:
    return {
        path.relative_to(board.folder).as_posix(): Links(path.read_text(encoding="utf-8"))
        for path in board.folder.rglob("*.html")
    }


def test_there_is_a_page_for_each_model_and_sample(board: Board) -> None:
    names = set(pages(board))
    assert {"index.html", "method.html", "published.html", "cases/index.html"} <= names
    assert sum(name.startswith("models/") for name in names) == 24
    assert sum(name.startswith("cases/") for name in names) == 9


def test_every_link_leads_somewhere_on_the_site(board: Board) -> None:
    found = pages(board)
    for name, page in found.items():
        assert len(page.ids) == len(set(page.ids)), name
        for address in page.addresses:
            if address.startswith("data:"):
                continue
            path, _, anchor = address.partition("#")
            assert ":" not in path and not path.startswith("/"), address
            target = board.folder / PurePosixPath(name).parent / path if path else board.folder / name
            assert target.is_file(), (name, address)
            if anchor and anchor != "top":
                assert anchor in found[target.resolve().relative_to(board.folder.resolve()).as_posix()].ids


def test_nothing_comes_from_elsewhere(board: Board) -> None:
    for path in board.folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|@import|url\(|/tmp/|/home/", text), path
        assert "default-src &#39;none&#39;" in text


def test_the_same_rows_give_the_same_bytes(board: Board, entries: list[Entry], tmp_path: Path) -> None:
    write_site(entries, tmp_path / "again", title="Board", cases=8)
    assert Board(tmp_path / "again", entries).files() == board.files()


def test_nothing_hostile_becomes_markup(board: Board) -> None:
    for name, page in pages(board).items():
        assert "img" not in page.tags, name
        assert page.tags.count("script") == (2 if name == "index.html" else 1)
    assert "hacked" in board.page("index.html")


def test_frames_are_shown_only_where_they_are_wanted(
    board: Board, entries: list[Entry], tmp_path: Path
) -> None:
    assert not any("data:image" in path.read_text(encoding="utf-8") for path in board.folder.rglob("*.html"))
    write_site(entries, tmp_path / "frames", title="Board", cases=2, with_frames=True)
    shown = [
        path for path in (tmp_path / "frames" / "cases").iterdir() if "data:image/jpeg" in path.read_text()
    ]
    assert len(shown) == 2


def test_published_models_are_ranked_among_themselves(board: Board) -> None:
    groups = {group["letter"]: group for group in board.data["groups"]}
    assert set(groups) == {"A", "B", "C", "P"}
    assert [len(group["models"]) for group in groups.values()] == [2, 1, 1, 20]
    assert groups["P"]["published"] and groups["P"]["judges"] == ["gpt-4o-2024-11-20"]
    best = {
        model["title"]: model["scores"][OVERALL]["cot_rank"]
        for model in board.data["models"]
        if model["group"] == "P"
    }
    assert best["Gemini-2.5-Pro"] == 1 and best["Emotion-LLaMA"] == 20
    assert board.page("models/published-gemini-2-5-pro.html").count("published figures") == 1


def test_every_published_figure_stands_in_the_data(board: Board) -> None:
    found = {model["title"]: model for model in board.data["models"] if model["origin"] == "published"}
    for model in published().models:
        scores = found[model.name]["scores"]
        for task, wanted in {OVERALL: model.overall, **model.tasks}.items():
            assert (scores[task]["recognition"], scores[task]["reasoning"], scores[task]["cot"]) == (
                wanted.recognition,
                wanted.reasoning,
                wanted.cot,
            )
        assert scores[OVERALL]["coverage"] is None


def test_a_runs_figures_are_its_own(board: Board, entries: list[Entry]) -> None:
    models = {model["run"]: model for model in board.data["models"] if model["run"]}
    for entry in entries[:4]:
        assert entry.details is not None
        overall = entry.details.summary.overall()
        scores = models[entry.run]["scores"][OVERALL]
        assert scores["recognition"] == overall.recognition
        assert scores["coverage"] == overall.coverage
        assert scores["recognition_low"] < scores["recognition"] < scores["recognition_high"]
        base = max(scores["majority_baseline"], scores["random_baseline"])
        assert scores["skill"] == pytest.approx(
            100 * (overall.recognition or 0) / (100 - base) - 100 * base / (100 - base)
        )


def test_the_table_says_what_the_data_say(board: Board) -> None:
    rows = re.findall(r'<tr data-slug="([^"]+)".*?</tr>', board.page("index.html"), flags=re.DOTALL)
    cells = {
        slug: re.findall(r'<td class="num"(?: data-v="([^"]*)")?>([^<]*)', row)
        for slug, row in re.findall(
            r'<tr data-slug="([^"]+)"(.*?)</tr>', board.page("index.html"), flags=re.DOTALL
        )
    }
    models = {PurePosixPath(model["page"]).stem: model for model in board.data["models"]}
    assert rows == [slug for group in board.data["groups"] for slug in group["models"]] == list(models)
    for slug, model in models.items():
        scores = model["scores"][OVERALL]
        for place, name in (
            (0, "recognition"),
            (1, "recognition_rank"),
            (2, "skill"),
            (3, "reasoning"),
            (4, "cot"),
        ):
            assert float(cells[slug][place][0]) == scores[name]
        assert cells[slug][4][1] == f"{round(scores['cot'], 6):.1f}"
        assert (cells[slug][6][1] == "–") == (scores["coverage"] is None)


def test_means_of_counts_have_one_decimal_in_every_row(board: Board) -> None:
    """Whole means too, such as 68 published tokens."""
    index, paper = board.page("index.html"), board.page("published.html")
    models = index.partition("</tbody>")[0]
    own = re.findall(r'<td class="num"(?: data-v="[^"]*")?>([^<]*)', models)
    cells = [own[at : at + len(HEADS)] for at in range(0, len(own), len(HEADS))]
    means = [text for row in cells for head, text in zip(HEADS, row, strict=True) if head.key in MEANS]
    assert len(means) == 2 * len(board.entries) and "68.0" in means
    for model in published().models:
        (row,) = re.findall(rf'<th scope="row"[^>]*>{re.escape(model.name)} <span.*?</tr>', paper)
        means += re.findall(r'<td class="num"[^>]*>([^<]*)', row)[-2:]
    assert all(re.fullmatch(r"\d+\.\d", text) for text in means)


def test_no_page_shows_a_simulated_model_without_saying_so(tmp_path: Path) -> None:
    entry = run_entry(made_run(tmp_path, "run", 24, model="simulated/careful"), Slugs(), {})
    write_site([entry], tmp_path / "board", title="Board", cases=2)
    pages = [
        path
        for path in (tmp_path / "board").rglob("*.html")
        if ">simulated/careful<" in path.read_text().replace("<wbr>", "")
    ]
    assert {path.parent.name for path in pages} == {"board", "models", "cases"}
    assert all(re.search('class="badge"[^>]*>simulated', path.read_text()) for path in pages)


def test_the_list_of_samples_says_what_it_counts(board: Board) -> None:
    assert "Models with all points in recognition; their reasons may fail" in board.page("cases/index.html")


def test_the_spreadsheet_says_what_the_data_say(board: Board) -> None:
    rows = list(csv.DictReader(io.StringIO(board.page("data/leaderboard.csv"))))
    assert len(rows) == 24 * 9
    wanted = {
        (model["title"], model["run"] or "", task): scores
        for model in board.data["models"]
        for task, scores in model["scores"].items()
    }
    for row in rows:
        scores = wanted[row["title"], row["run"], row["task"]]
        assert float(row["cot"]) == scores["cot"]
        assert row["coverage"] == ("" if scores["coverage"] is None else str(scores["coverage"]))
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_no_cell_of_the_spreadsheet_is_a_formula(tmp_path: Path) -> None:
    """A judge's name is whatever a submission says."""
    run = made_run(tmp_path, n=16, judge="=HYPERLINK(A1)")
    groups = groups_of([submission_entry(submission_of(run, tmp_path / "run.jsonl"), Slugs(), {}, None)])
    rows = list(csv.DictReader(io.StringIO(spreadsheet(groups, {}))))
    assert {row["judges"] for row in rows} == {"'=HYPERLINK(A1)"}


def test_a_task_has_ranks_of_its_own(tmp_path: Path) -> None:
    """Two models, each good in one task and bad in the other."""
    slugs = Slugs()
    entries = []
    for name, other in (("SA", "ER-Lab"), ("ER-Lab", "SA")):
        samples = make_samples(40, only=["SA", "ER-Lab"])
        good = make_outcomes(samples, seed="a", skill=1.0, fail_every=0)
        bad = make_outcomes(samples, seed="a", skill=-1.0, fail_every=0)
        outcomes = [
            one if one.sample.task == name else another for one, another in zip(good, bad, strict=True)
        ]
        assert {one.sample.task for one in outcomes} == {name, other}
        entries.append(run_entry(sound_run(tmp_path, name, outcomes, model=f"lab/{name}"), slugs, {}))
    ranks = ranks_of(*groups_of(entries))
    found = {
        (entry.run, task): ranks[entry.slug, task, "recognition"].value
        for entry in entries
        for task in ("SA", "ER-Lab")
    }
    assert found == {
        ("SA", "SA"): 1,
        ("SA", "ER-Lab"): 2,
        ("ER-Lab", "SA"): 2,
        ("ER-Lab", "ER-Lab"): 1,
    }


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({"sampling": {"temperature": 0.7}}, True),
        ({"epochs": 3}, True),
        ({"modalities": ("audio",)}, True),
        ({"prompts": {"answers/ask": "cd" * 32}}, True),
        ({"prompts": {"answers/ask": "ab" * 32, "verdicts/judge": "cd" * 32}}, False),
        ({"alpha": 0.4}, False),
        ({"taxonomy": 999}, False),
        ({"dataset_sha256": "cd" * 32}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_the_yardstick_is_how_answers_are_judged(change: dict[str, Any], alike: bool, tmp_path: Path) -> None:
    """Not how the model was asked."""
    header = header_of(made_run(tmp_path, n=8))
    other = header.model_copy(update={"settings": header.settings.model_copy(update=change)})
    assert (yardstick(other) == yardstick(header)) is alike


def test_ranks_say_what_the_samples_can_tell(tmp_path: Path) -> None:
    """A model that is always right is ahead of one that is never; two that answer alike share the first place."""
    samples = make_samples(40)
    right = make_outcomes(samples, seed="a", skill=1.0, fail_every=0)
    wrong = make_outcomes(samples, seed="b", skill=-1.0, fail_every=0)
    slugs = Slugs()
    entries = [
        run_entry(sound_run(tmp_path, name, outcomes, model=f"lab/{name}"), slugs, {})
        for name, outcomes in (("right", right), ("same", right), ("wrong", wrong))
    ]
    (group,) = groups_of(entries)
    ranks = ranks_of(group)
    found = {
        entry.run: (rank.value, rank.low, rank.high)
        for entry in entries
        for rank in [ranks[entry.slug, OVERALL, "recognition"]]
    }
    assert found == {"right": (1, 1, 2), "same": (1, 1, 2), "wrong": (3, 3, 3)}


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"model": "lab/a"}, {"model": "lab/b"}, True),
        ({"model": "lab/a"}, {"model": "lab/b", "judge": "lab/judge"}, False),
        ({"judge": "a", "judge_repeats": 2, "how": {"panel": ("a", "a")}}, {"judge": "a"}, False),
        ({"n": 24}, {"n": 32}, False),
    ],
    ids=["another model", "another judge", "a panel", "other questions"],
)
def test_who_is_ranked_with_whom(first: dict, second: dict, alike: bool, tmp_path: Path) -> None:  # type: ignore[type-arg]
    slugs = Slugs()
    entries = [
        run_entry(made_run(tmp_path, name, **{"n": 24, **how}), slugs, {})
        for name, how in (("first", first), ("second", second))
    ]
    assert len(groups_of(entries)) == (1 if alike else 2)


def test_a_condition_of_a_study_is_marked_and_ranked_apart(tmp_path: Path) -> None:
    """Four rows of one model, of which one is its plain result; the sound of another model is its plain result."""
    noise = Treatment(kind=TreatmentKind.SOUND_NOISE, level=10)
    made = {
        "plain": ("lab/a", ("video", "audio"), None),
        "rival": ("lab/b", ("video",), None),
        "eyes": ("lab/a", ("video",), None),
        "blind": ("lab/a", (), None),
        "noisy": ("lab/a", ("video", "audio"), noise),
    }
    slugs = Slugs()
    entries = []
    for name, (model, given, treatment) in made.items():
        run = made_run(tmp_path, name, n=16, model=model, how={"seed": name})
        settings = run.manifest.settings.model_copy(update={"modalities": given, "treatment": treatment})
        run.manifest = run.manifest.model_copy(update={"settings": settings})
        entries.append(run_entry(run, slugs, {}))
    found = {frozenset(entry.run for entry in group.entries): group.condition for group in groups_of(entries)}
    assert found == {
        frozenset({"plain", "rival"}): "",
        frozenset({"eyes"}): "picture only",
        frozenset({"blind"}): "the question only",
        frozenset({"noisy"}): "sound in noise, 10 dB",
    }
    plain, *conditions = groups_of(entries)
    assert plain.condition == "", "plain results come first"
    assert ranks_of(plain)
    assert not any(map(ranks_of, conditions)), "the first of one is no rank"
    write_site(entries, tmp_path / "site", title="Board")
    page = (tmp_path / "site" / "index.html").read_text()
    rows = {row.partition('"')[0]: row for row in page.split('<tr data-slug="')[1:]}
    assert "sound in noise, 10 dB</span>" in rows["lab-a-noisy"]
    assert "picture only</span>" in rows["lab-a-eyes"]
    assert "badge condition" not in rows["lab-a-plain"] + rows["lab-b-rival"]


def test_a_run_in_conflict_is_neither_listed_nor_exported(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=8)
    conflict = Treatment(kind=TreatmentKind.CONFLICT)
    settings = run.manifest.settings.model_copy(update={"treatment": conflict})
    run.manifest = run.manifest.model_copy(update={"settings": settings})
    with pytest.raises(InputError, match="the sound of others"):
        run_entry(run, Slugs(), {})
    with pytest.raises(InputError, match="the sound of others"):
        submission_of(run, tmp_path / "run.jsonl")
    assert not list(tmp_path.glob("run.jsonl*"))


def test_a_submission_that_does_not_reproduce_is_not_listed(tmp_path: Path) -> None:
    path = submission_of(made_run(tmp_path, n=16), tmp_path / "run.jsonl")
    false = tampered(path, lambda lines: lines[0]["overall"].update(cot=99.0))
    with pytest.raises(InputError, match="does not reproduce"):
        submission_entry(false, Slugs(), {}, None)


def test_a_run_and_its_submission_are_one(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16)
    slugs = Slugs()
    entries = [
        run_entry(run, slugs, {}),
        submission_entry(submission_of(run, tmp_path / "run.jsonl"), slugs, {}, None),
    ]
    with pytest.raises(InputError, match="given twice"):
        write_site(entries, tmp_path / "site", title="Board")


def test_a_copy_under_another_name_is_the_same_run(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16)
    path = submission_of(run, tmp_path / "run.jsonl")

    def rename(lines: list[dict[str, Any]]) -> None:
        lines[0].update(run="copy", created_at="2020-01-01T00:00:00+00:00")
        lines[0]["settings"]["model"]["name"] = "lab/copy"

    slugs = Slugs()
    entries = [run_entry(run, slugs, {}), submission_entry(tampered(path, rename), slugs, {}, None)]
    with pytest.raises(InputError, match="runs run and copy have the same answers and verdicts"):
        write_site(entries, tmp_path / "site", title="Board")
    # What only failed is alike in all runs, and so may be two models' few and short answers.
    failed = [make_outcome(sample, failure=OutcomeKind.MODEL_FAILURE) for sample in make_samples(8)]
    entries = [
        run_entry(sound_run(tmp_path, name, failed, model=f"lab/{name}"), slugs, {}) for name in ("a", "b")
    ]
    assert write_site(entries, tmp_path / "site", title="Board").models == 2


def test_an_unfinished_run_is_not_listed(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16)
    run.finished = False
    with pytest.raises(InputError, match="not finished"):
        run_entry(run, Slugs(), {})


def test_a_folder_with_something_else_is_left_alone(entries: list[Entry], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        write_site(entries, tmp_path, title="Board")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="cannot be written"):
        write_site(entries, tmp_path / "thesis.txt", title="Board")


@pytest.mark.parametrize(
    "content", ["{}", "[]", '{"format": "cuewise-run"}', "not JSON", "[" * 100_000, "\xff"]
)
def test_a_file_called_leaderboard_makes_no_leaderboard(
    entries: list[Entry], tmp_path: Path, content: str
) -> None:
    """Or pages of somebody's own in `models` would be removed as those of models that are gone."""
    for name, text in (("data/leaderboard.json", content), ("models/mine.html", "mine")):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match="something else"):
        write_site(entries[:1], tmp_path, title="Board")
    assert (tmp_path / "models" / "mine.html").read_text() == "mine"


@pytest.mark.parametrize("title", ["", "  ", "\n", "\u200b"])
def test_a_title_is_not_empty(entries: list[Entry], tmp_path: Path, title: str) -> None:
    with pytest.raises(InputError, match="--title"):
        write_site(entries[:1], tmp_path / "site", title=title)
    assert not (tmp_path / "site").exists()


def test_names_of_runs_do_not_turn_the_words_around_them(board: Board) -> None:
    page = board.page("index.html")
    assert "run: <bdi>weak</bdi></span>" in page
    assert "submitted: <bdi>hostile</bdi></span>" in page


def test_pages_of_models_that_are_gone_go_too(entries: list[Entry], tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(entries[:2], folder, title="Board", cases=2)
    assert len(list((folder / "models").iterdir())) == 2
    write_site(entries[:1], folder, title="Board", cases=0)
    assert [path.name for path in (folder / "models").iterdir()] == [f"{entries[0].slug}.html"]
    assert list((folder / "cases").iterdir()) == []


def test_the_published_models_alone(tmp_path: Path) -> None:
    site = write_site(list(published_entries(Slugs())), tmp_path / "site", title="Board")
    assert (site.models, site.cases, site.pages) == (20, 0, 23)
    with pytest.raises(InputError, match="needs a run"):
        write_site([], tmp_path / "none", title="Board")


def test_names_of_pages_are_plain_and_differ() -> None:
    slugs = Slugs()
    names = [slugs.take(text) for text in ("a/B", "A b", "../..", HOSTILE, "", "日本", "x" * 500)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,70}", name) for name in names)


def test_only_answers_to_one_question_stand_side_by_side(tmp_path: Path) -> None:
    """A sample of another dataset may have the same id and other gold labels."""
    samples = make_samples(16, only=["SA"])
    other = next(label for label in samples[0].label_set if label not in samples[0].labels)
    changed = [samples[0].model_copy(update={"labels": (other,)}), *samples[1:]]
    slugs = Slugs()
    entries = [
        run_entry(sound_run(tmp_path, name, make_outcomes(asked), model=f"lab/{name}"), slugs, {})
        for name, asked in (("one", samples), ("same", samples), ("other", changed))
    ]
    why: dict[str, tuple[Why, ...]] = {sample.id: (("because", "it is"),) for sample in samples[:2]}
    cases = list(make_cases(why, entries, with_frames=False))
    assert [[answer.entry.run for answer in case.answers] for case in cases] == [
        ["one", "same"],
        ["one", "same", "other"],
    ]


def test_of_repeated_answers_the_first_with_a_score_is_shown_and_not_more_than_fits(tmp_path: Path) -> None:
    samples = make_samples(8)
    first, second = (
        [one.model_copy(update={"epoch": epoch}) for one in make_outcomes(samples, fail_every=0)]
        for epoch in (0, 1)
    )
    refused = {"kind": OutcomeKind.REFUSED, "score": None, "verdicts": (), "message": "it declines"}
    first = [one.model_copy(update=refused) for one in first]
    second = [
        one.model_copy(
            update={"answer": Answer(text=f"{one.answer.text if one.answer else ''}{'x' * 5_000}")}
        )
        for one in second
    ]
    outcomes = [one for pair in zip(first, second, strict=True) for one in pair]
    entry = run_entry(sound_run(tmp_path, "run", outcomes, epochs=2), Slugs(), {})
    (case,) = make_cases({samples[0].id: (("because", "it is"),)}, [entry], with_frames=False)
    (answer,) = case.answers
    assert (answer.ended, answer.times) == ("", 2)
    assert (len(answer.text), answer.cut) == (4_000, True)
    signs = [step.sign.split()[-1] for step in answer.steps]
    assert signs == [f"{one.rating:.2g}/1" for one in second[0].verdicts]


def test_answers_side_by_side_tell_their_runs_apart(board: Board) -> None:
    """An entry has one colour on all pages, and its run's name beside its model's."""
    looks: dict[str, set[str]] = {}
    for path in (board.folder / "cases").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        for colour, slug, run in re.findall(
            r'<section class="(c\d)".*?models/([^"]+)\.html.*?<p class="fine" dir="auto"><bdi>([^<]+)</bdi>',
            page,
            re.S,
        ):
            looks.setdefault(slug, set()).add(f"{colour} {run}")
    assert len(looks) > 2
    assert all(len(found) == 1 for found in looks.values())
    assert {found.pop().split(" ")[1] for found in looks.values()} == {
        "weak",
        "strong",
        "other",
        "hostile",
    } & {entry.run for entry in board.entries}
