"""Whose sound a sample is lent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Clip, Cue, Sample
from cuewise.samples.pairing import pair_off, with_sound_of

LABELS = ("angry", "happy", "sad", "neutral")


def sample(number: int, *labels: str, task: str = "T", clip: str | None = None) -> Sample:
    return Sample(
        id=f"{task}/{number}",
        task=task,
        clip=Clip(id=clip or f"clip{number}"),
        question="?",
        label_set=LABELS,
        labels=labels,
        multi_label=len(labels) > 1,
    )


sets_of_labels = st.lists(st.sampled_from(LABELS), min_size=1, max_size=2, unique=True)


@given(st.lists(st.tuples(st.sampled_from("TU"), sets_of_labels), max_size=14), st.integers(0, 5))
def test_partners_have_other_labels_another_clip_the_same_task_and_lend_once(
    drawn: list[tuple[str, list[str]]], seed: int
) -> None:
    samples = [sample(n, *labels, task=task, clip=f"clip{n // 2}") for n, (task, labels) in enumerate(drawn)]
    pairs = pair_off(samples, seed)
    by_id = {each.id: each for each in samples}
    for name, partner in pairs.items():
        assert by_id[name].task == partner.task
        assert not set(by_id[name].labels) & set(partner.labels)
        assert by_id[name].clip.id != partner.clip.id
    assert len({partner.id for partner in pairs.values()}) == len(pairs)
    assert pair_off(list(reversed(samples)), seed) == pairs, "the order of the dataset does not matter"


def test_as_many_as_can_be_are_paired() -> None:
    """7 of one label and 3 of others: the 3 lend to three of the 7, and three of the 7 lend to them: 6 pairs."""
    samples = [sample(n, "happy") for n in range(7)] + [sample(n, "sad") for n in range(7, 10)]
    pairs = pair_off(samples, 0)
    assert len(pairs) == 6
    even = [sample(n, LABELS[n % 4]) for n in range(12)]
    assert len(pair_off(even, 0)) == 12


def test_another_seed_gives_other_pairs() -> None:
    samples = [sample(n, LABELS[n % 4]) for n in range(40)]
    first, again, other = (
        {name: partner.id for name, partner in pair_off(samples, seed).items()} for seed in (0, 0, 1)
    )
    assert first == again
    assert sum(first[name] != other[name] for name in first) > 30


def test_one_label_throughout_has_no_conflict() -> None:
    assert pair_off([sample(n, "happy") for n in range(5)], 0) == {}


def test_what_is_heard_is_the_partner_s_and_what_is_seen_and_asked_one_s_own() -> None:
    def told(number: int, label: str, brows: str, pitch: str) -> Sample:
        cues = (
            Cue(channel="brows", value=brows, start_s=0, end_s=1),
            Cue(channel="pitch", value=pitch, start_s=0, end_s=1),
        )
        return sample(number, label).model_copy(
            update={"cues": cues, "transcript": f"words {number}", "audio_clue": f"clue {number}"}
        )

    mixed = with_sound_of(told(0, "happy", "raised", "high"), told(1, "sad", "slanted", "low"))
    assert (mixed.id, mixed.labels, mixed.clip.id) == ("T/0", ("happy",), "clip0")
    assert {(cue.channel, cue.value) for cue in mixed.cues} == {("brows", "raised"), ("pitch", "low")}
    assert (mixed.transcript, mixed.audio_clue) == ("words 1", "clue 1")
    assert mixed.sound_from is not None
    assert (mixed.sound_from.sample, mixed.sound_from.labels) == ("T/1", ("sad",))
