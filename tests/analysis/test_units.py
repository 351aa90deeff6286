"""Which samples belong together, from the ids of the real corpora."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from cuewise.analysis.units import grouped, inferred_sources, known_share, sizes
from cuewise.samples.units import UNITS, corpora
from support.real import real_rows, row

GROUPS = {  # by task: clips, videos, speakers; what they are is checked by other expressions below
    "ER-Lab": (500, 31, 2),
    "ER-Wild": (1800, 1607, 1607),
    "Noise-ER": (500, 500, 500),
    "FG-ER": (500, 15, 15),
    "ML-ER": (600, 503, 503),
    "SA": (1600, 623, 623),
    "FG-SA": (500, 31, 31),
    "IR": (500, 380, 380),
}


def groups(clip: str) -> list[object]:
    return [grouped([row(clip)], unit)[0] for unit in UNITS]


@pytest.mark.parametrize(
    ("clip", "video", "speaker"),
    [
        ("IEMOCAP/video/Ses05M_script01_1_F034.mp4", ("Ses05M_script01_1",), ("Ses05", "F")),
        ("IEMOCAP/video/Ses05F_script01_1b_M002.mp4", ("Ses05F_script01_1b",), ("Ses05", "M")),
        ("MELD/video/test_dia100_utt0.mp4", ("test_dia100",), None),
        ("CMU-MOSI/video/c7UH_rxdZv4_20.mp4", ("c7UH_rxdZv4",), ("c7UH_rxdZv4",)),
        ("CMU-MOSEI/video/-ri04Z7vwnc_6.mp4", ("-ri04Z7vwnc",), None),
        ("CMU-MOSEI/video/273250_22.mp4", ("273250",), None),
        ("BOLD/video/x-6CtPWVi6E_0632_0.mp4", ("x-6CtPWVi6E",), None),
        ("CH-SIMS_v2_s/video/video_0034_0003.mp4", ("video_0034",), None),
        ("CH-SIMS_v2_s/video/aqgy4_0005_00008_0.mp4", ("aqgy4_0005",), None),
        ("CH-SIMS_v2_s/video/test12_00017.mp4", ("test12",), None),
        ("CH-SIMS_v2_s/video/video_xjzw_00068.mp4", ("video_xjzw",), None),
        ("MC-EIU/video/dia_694_utt_2_ch.mkv", ("dia_694", "ch"), None),
        ("E3/video/4634_14_0.mp4", ("4634",), None),
        ("RAVDESS/Actor_01/01-01-08-02-02-02-01.mp4", None, ("01",)),
    ],
)
def test_what_an_id_tells(clip: str, video: tuple[str, ...] | None, speaker: tuple[str, ...] | None) -> None:
    source = clip.split("/")[0]
    of_video = ("video", source, *video) if video else ("clip", clip)
    of_speaker = ("speaker", source, *speaker) if speaker else of_video
    assert groups(clip) == [("clip", clip), of_video, of_speaker]


@pytest.mark.parametrize(
    "clip",
    [
        "CAER/video/test_Neutral_0856.avi",
        "MAFW/video/01407.mp4",
        "MER2024/video/samplenew3_00077704.mp4",
        "IEMOCAP/video/Ses05M.mp4",
        "mine/day one/c7UH_rxdZv4_20.mp4",
        "lone.mp4",
        "MELD/video/test_dia１_utt1.mp4",  # a digit of another script
    ],
)
def test_an_id_that_tells_nothing_stands_for_itself(clip: str) -> None:
    assert groups(clip) == [("clip", clip)] * 3


def test_one_clip_in_two_tasks_is_one_group() -> None:
    clip = "MAFW/video/01407.mp4"
    rows = [row(clip, "ER-Wild"), row(clip, "ML-ER")]
    assert [len(set(grouped(rows, unit))) for unit in UNITS] == [1, 1, 1]


def test_how_much_is_known() -> None:
    rows = [row("MELD/video/test_dia1_utt1.mp4"), row("MAFW/video/00001.mp4"), row("E3/video/1_2_0.mp4")]
    assert known_share(rows, "clip") == 100
    assert known_share(rows, "video") == pytest.approx(200 / 3)
    assert known_share(rows, "speaker") == 0
    assert known_share([], "video") is None
    assert inferred_sources(rows) == ("E3",)


@pytest.mark.shared
def test_groups_of_the_real_tasks(shared_data: Path) -> None:
    rows = real_rows(shared_data)
    for task, expected in GROUPS.items():
        own = [one for one in rows if one.task == task]
        units = {unit: grouped(own, unit) for unit in UNITS}
        print(task, {unit: len(sizes(found)) for unit, found in units.items()}, sizes(units["video"])[:5])
        assert tuple(len(set(units[unit])) for unit in UNITS) == expected
    units = {unit: grouped(rows, unit) for unit in UNITS}
    assert len(set(units["clip"])) == 6017
    assert Counter(sizes(units["clip"])) == {2: 483, 1: 6017 - 483}


@pytest.mark.shared
def test_against_other_expressions_over_the_real_ids(shared_data: Path) -> None:
    rows = real_rows(shared_data)
    units = {unit: grouped(rows, unit) for unit in UNITS}

    def distinct(source: str, unit: str, part: Callable[[str], str]) -> None:
        chosen = [(one, group) for one, group in zip(rows, units[unit], strict=True) if one.source == source]
        stems = [Path(one.clip).stem for one, _ in chosen]
        assert len({group for _, group in chosen}) == len({part(stem) for stem in stems})
        # and the same samples together
        assert len({(group, part(stem)) for (_, group), stem in zip(chosen, stems, strict=True)}) == len(
            {group for _, group in chosen}
        )

    distinct("IEMOCAP", "video", lambda stem: stem.rsplit("_", 1)[0])
    distinct("IEMOCAP", "speaker", lambda stem: stem[-4])
    distinct("MELD", "video", lambda stem: re.findall(r"\d+", stem)[0])
    distinct("CMU-MOSI", "video", lambda stem: stem[:11])
    distinct("CMU-MOSEI", "video", lambda stem: stem[: stem.rindex("_")])
    distinct("BOLD", "video", lambda stem: stem[:11])
    distinct(
        "CH-SIMS_v2_s", "video", lambda stem: "_".join(stem.split("_")[: 2 if stem.count("_") > 1 else 1])
    )
    distinct("MC-EIU", "video", lambda stem: stem.split("_")[1])
    distinct("E3", "video", lambda stem: stem.split("_")[0])


@pytest.mark.shared
def test_every_real_id_of_a_known_corpus_is_read(shared_data: Path) -> None:
    rows = [one for one in real_rows(shared_data) if one.source in corpora()]
    assert {one.source for one in rows} == set(corpora()) - {"RAVDESS"}
    assert known_share(rows, "video") == 100


def test_sizes_are_counted_from_the_largest() -> None:
    rows = [row(f"E3/video/{name}.mp4") for name in ("1_2_0", "1_3_0", "2_3_0")]
    assert sizes(grouped(rows, "video")) == (2, 1)
