"""Sections with every kind of block, as runs give them and at their extremes, for tests of whatever draws them."""

from __future__ import annotations

import random

from cuewise.reports.blocks import (
    Bar,
    Bars,
    Card,
    Column,
    Details,
    Gallery,
    HeatMap,
    Plot,
    Profile,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)

HOSTILE = "<img src=x onerror=\"document.title='hacked'\"></script></title><svg onload=alert(1)> \\% & $x_1$ {{ 7*7 }}"
GREY = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71"
    "////m8H////6/+b9//j/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    "4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ACv/2Q=="
)
"""A grey JPEG of 8 x 8 pixels, as base64."""
MODELS = (
    *(
        "Gemini-2.5-Pro",
        "Gemini-2.5-Flash",
        "GPT-4o",
        "GPT-4.1",
        "Claude-3.5-Sonnet",
        "Qwen2.5-VL-72B-Instruct",
    ),
    *("Qwen2.5-VL-7B-Instruct", "Qwen2.5-Omni-7B", "Qwen2-Audio-7B", "InternVL3-78B", "InternVL3-8B"),
    *("LLaVA-Video-72B-Qwen2", "LLaVA-OneVision-7B", "VideoLLaMA3-7B", "Video-SALMONN-o1", "R1-Omni"),
    *("HumanOmni-7B", "AffectGPT", "Emotion-LLaMA", "MiniCPM-o-2.6-with-a-name-of-quite-uncommon-length"),
)
TASKS = ("ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR")
LABELS = (*(f"label {chr(97 + at)}" for at in range(24)), "Schadenfreude and disbelief", "neutral")


def share(dice: random.Random, middle: float, half: float = 4.0, n: int | None = 650) -> Value:
    """A percentage about a middle, with its interval."""
    value = min(99.0, max(1.0, dice.gauss(middle, 8)))
    return Value(value, max(0.0, value - half), min(100.0, value + half), n)


def leader_table(id_: str, models: tuple[str, ...] = MODELS) -> Table:
    """A row per model; one has no figure, one a mark."""
    dice = random.Random(id_)
    rows: list[tuple[Text | Value, ...]] = []
    for at, name in enumerate(models):
        scores = [share(dice, middle) for middle in (30, 50, 40)]
        skill = Value(dice.uniform(-6, 12), None, None, None, "below the baseline" if at == 2 else "")
        tokens = Value(None) if at == 4 else Value(float(dice.randrange(40, 4000)))
        rows.append(
            (
                Text(name, "#models" if at == 0 else "", "open, 7B" if "7B" in name else ""),
                *scores,
                skill,
                tokens,
                Value(dice.random()),
                Text(dice.choice(("video, audio", "video", "audio"))),
            )
        )
    columns = (
        Column("Model"),
        Column("Recognition", "percent"),
        Column("Reasoning", "percent"),
        Column("CoT", "percent"),
        Column("Skill", "points", "How far above the most frequent label: 100 (s − b) / (100 − b)."),
        Column("Tokens", "count", "Output tokens per answer."),
        Column("Kappa", "ratio"),
        Column("Is sent"),
    )
    return Table(
        id_, "All models", columns, tuple(rows), "Second line: 95 % interval, whole clips resampled."
    )


def task_map(id_: str, models: tuple[str, ...] = MODELS) -> HeatMap:
    """Scores by model and task, one of them missing."""
    dice = random.Random(id_)
    cells = tuple(tuple(share(dice, 20 + 8 * at) for at in range(len(TASKS))) for _ in models)
    first = (Value(None), *cells[0][1:])
    return HeatMap(
        id_,
        "Recognition by task",
        "percent",
        "Model",
        "Task",
        models,
        TASKS,
        (first, *cells[1:]),
        note="Percent of all samples; what is brighter or darker than the page is higher.",
    )


def confusions(id_: str, labels: tuple[str, ...] = LABELS) -> HeatMap:
    """A confusion matrix."""
    dice = random.Random(id_)
    cells = tuple(
        tuple(
            Value(dice.uniform(40, 90) if row == column else dice.uniform(0, 12))
            for column in range(len(labels))
        )
        for row in range(len(labels))
    )
    return HeatMap(id_, "Confusions", "percent", "Gold label", "Named label", labels, labels, cells)


def differences(id_: str) -> HeatMap:
    """Differences of both signs."""
    dice = random.Random(id_)
    cells = tuple(
        tuple(Value(v := dice.uniform(-22, 22), v - 3, v + 3, 90) for _ in TASKS) for _ in MODELS[:5]
    )
    return HeatMap(
        id_, "Gain from sound", "points", "Model", "Task", MODELS[:5], TASKS, cells, -20, 20, diverging=True
    )


def scatter(id_: str, models: tuple[str, ...] = MODELS) -> Plot:
    """A point per model."""
    dice = random.Random(id_)
    series = tuple(
        Series(name, at % 8, (dice.uniform(8, 42),), (share(dice, 30 + at, 2.0),))
        for at, name in enumerate(models)
    )
    return Plot(
        id_,
        "Reasoning against recognition",
        "Recognition",
        "Reasoning",
        "percent",
        "percent",
        series,
        reference=(("mean of 20 published models", 49.5),),
        note="Each point is a model; whiskers are 95 % intervals.",
    )


def cloud(id_: str) -> Plot:
    """Many points of three groups."""
    dice = random.Random(id_)
    series = tuple(
        Series(
            name,
            at,
            tuple(dice.gauss(5 + at, 1.5) for _ in range(120)),
            tuple(Value(min(100.0, max(0.0, dice.gauss(40 + 10 * at, 15)))) for _ in range(120)),
        )
        for at, name in enumerate(("right", "partly right", "wrong"))
    )
    return Plot(id_, "Steps and reasoning", "Steps", "Reasoning", "count", "percent", series)


def curves(id_: str, n: int) -> Plot:
    """Lines over levels of noise; a level of the second is missing."""
    dice = random.Random(id_)
    levels = (0.0, 0.5, 1.0, 2.0, 4.0)
    series = tuple(
        Series(
            name,
            at % 8,
            levels,
            tuple(
                Value(None) if (at, place) == (1, 2) else share(dice, 60 - 8 * place - at, 3.0)
                for place in range(len(levels))
            ),
        )
        for at, name in enumerate(MODELS[:n])
    )
    return Plot(
        id_,
        "Recognition under blur",
        "Blur, pixels",
        "Recognition",
        "none",
        "percent",
        series,
        lines=True,
        reference=(("most frequent label", 22.4), ("random label", 16.7)),
    )


def named_lines(id_: str, n: int = 4) -> Plot:
    """Lines over named places, some with long names."""
    dice = random.Random(id_)
    names = ("video only", "audio only", "words only", "all together", "question alone, with no media at all")
    series = tuple(
        Series(name, at % 8, tuple(map(float, range(5))), tuple(share(dice, 40, 3) for _ in range(5)))
        for at, name in enumerate(MODELS[:n])
    )
    return Plot(id_, "By what is sent", "Sent", "CoT", "none", "percent", series, lines=True, x_names=names)


def bars(id_: str, models: tuple[str, ...] = MODELS) -> Bars:
    """A bar per model in two groups."""
    dice = random.Random(id_)
    drawn = tuple(
        Bar(
            name, Value(None) if at == 3 else share(dice, 60 - 2 * at), at % 8, "Closed" if at < 5 else "Open"
        )
        for at, name in enumerate(models)
    )
    return Bars(
        id_,
        "CoT of every model",
        "percent",
        drawn,
        (("mean of 20 published models", 39.5), ("most frequent label", 22.0)),
    )


def gains(id_: str) -> Bars:
    """Bars of both signs."""
    values = (12.4, 3.1, -0.2, -7.8)
    drawn = tuple(
        Bar(task, Value(value, value - 2.5, value + 2.5, 400), 0)
        for task, value in zip(TASKS, values, strict=False)
    )
    return Bars(id_, "Gain from sound by task", "points", drawn)


def profile(id_: str, n: int, axes: tuple[str, ...] = TASKS) -> Profile:
    """Scores by task of some models; one value of the second is missing."""
    dice = random.Random(id_)
    series = tuple(
        Series(
            name,
            at % 8,
            tuple(map(float, range(len(axes)))),
            tuple(Value(None) if (at, place) == (1, 2) else share(dice, 45) for place in range(len(axes))),
        )
        for at, name in enumerate(MODELS[:n])
    )
    return Profile(id_, "Scores by task", "percent", axes, series, "From 0 at the centre or left.")


def cards() -> Gallery:
    """One with a picture, one without, which has a further line."""
    return Gallery(
        "picked",
        "At a glance",
        (
            Card(
                "clips/a.mp4",
                "#models",
                "Right label, and every reason holds",
                (("Gold label", "joy"), ("Verdict", "✓ supported")),
                GREY,
                "Frame at 1.0 s of clips/a.mp4",
            ),
            Card("clips/b.mp4", "", "No run is right", (("Gold label", "fear"), ("Outcome", "refused"))),
        ),
        "One step of each answer.",
    )


def every_block() -> tuple[Section, ...]:
    """All kinds, with twenty models and with few."""
    return (
        Section(
            "models",
            "Models",
            (
                Words(
                    (
                        "Twenty models on 6,500 questions.",
                        "The best is ahead of the next by more than chance gives.",
                    )
                ),
                Words(("Two runs were judged by a model of their own family.",), warning=True),
                leader_table("leaders"),
                leader_table("few-leaders", MODELS[:4]),
                bars("cot-bars"),
                gains("gain-bars"),
                scatter("reasoning-recognition"),
                scatter("few-points", MODELS[:6]),
                cards(),
            ),
        ),
        Section(
            "maps",
            "Maps",
            (
                task_map("task-map"),
                differences("sound-map"),
                Details("Confusions of the best", (confusions("confused"),)),
            ),
        ),
        Section(
            "curves",
            "Curves and profiles",
            (
                curves("blur-few", 3),
                curves("blur-some", 7),
                curves("blur-many", 20),
                named_lines("sent"),
                cloud("steps"),
                profile("profile-few", 3),
                profile("profile-some", 7),
                profile("profile-many", 20),
                profile("profile-wide", 3, LABELS),
            ),
        ),
    )


def extremes() -> tuple[Section, ...]:
    """Next to nothing, too much, and hostile words everywhere."""
    nothing, hostile = Value(None), Value(3.0, 1.0, 5.0, 3, HOSTILE)
    one = Series(HOSTILE, 3, (1.0,), (hostile,), (HOSTILE,))
    return (
        Section(
            "odd",
            HOSTILE,
            (
                Words((HOSTILE,)),
                Gallery(
                    "hostile-cards",
                    HOSTILE,
                    (Card(HOSTILE, "javascript:alert(1)", HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE, HOSTILE),),
                    HOSTILE,
                ),
                Table("empty", HOSTILE, (Column(HOSTILE), Column("n", "count")), (), HOSTILE),
                Table(
                    "hostile",
                    HOSTILE,
                    (Column(HOSTILE, help=HOSTILE), Column(HOSTILE, "points", HOSTILE)),
                    ((Text(HOSTILE, "javascript:alert(1)", HOSTILE), hostile), (Text("="), nothing)),
                ),
                HeatMap(
                    "hostile-map",
                    HOSTILE,
                    "none",
                    HOSTILE,
                    HOSTILE,
                    (HOSTILE,),
                    (HOSTILE, "b"),
                    ((hostile, nothing),),
                    note=HOSTILE,
                ),
                Plot(
                    "one-point",
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    "count",
                    "ratio",
                    (one,),
                    reference=((HOSTILE, 3.0),),
                    note=HOSTILE,
                ),
                Plot("no-point", "Nothing", "x", "y", "percent", "points", ()),
                Plot(
                    "only-missing",
                    "Missing",
                    "x",
                    "y",
                    "none",
                    "none",
                    (Series("a", 0, (1.0, float("nan")), (nothing, Value(float("inf")))),),
                    lines=True,
                ),
                Bars("one-bar", HOSTILE, "count", (Bar(HOSTILE, hostile, 5, HOSTILE),), ((HOSTILE, 4.0),)),
                Bars("no-bar", "No bars", "percent", ()),
                Bars(
                    "dots",
                    "An axis without zero",
                    "percent",
                    (Bar("a", Value(61.0, 60.0, 62.5)), Bar("b", Value(64.0))),
                    low=60,
                    high=66,
                ),
                Profile(
                    "hostile-profile",
                    HOSTILE,
                    "ratio",
                    (HOSTILE,) * 5,
                    (Series(HOSTILE, 1, tuple(map(float, range(5))), (Value(0.5),) * 5),),
                ),
                Profile("no-profile", "No profile", "percent", ("a", "b"), ()),
                Details(HOSTILE, (Words((HOSTILE,)), Details("inner", (Words(("inner",)),)))),
            ),
        ),
    )
