"""A judge that is not to know the label is shown no clue that names one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.evidence.blind import named_labels
from cuewise.evidence.gather import gather_evidence
from cuewise.evidence.told import Told
from cuewise.records import Clip, EvidenceKind, Sample

SAMPLE = Sample(
    id="T/a",
    task="T",
    clip=Clip(id="a"),
    question="?",
    label_set=("Anger", "Doubt/Confusion", "Happiness", "very sad"),
    labels=("Happiness",),
    transcript="I am so angry.",
)


@pytest.mark.parametrize(
    ("clue", "named"),
    [
        ("A trembling, breathy voice.", ()),
        ("The tone suggests anger.", ("Anger",)),
        ("She sounds ANGRY.", ("Anger",)),
        ("She does not sound angry at all.", ("Anger",)),
        ("There is no anger; she is happy.", ("Anger", "Happiness")),
        ("There is confusion in her voice.", ("Doubt/Confusion",)),
        # The first five letters of the gold label, in a word that is no inflection of it.
        ("A happifying tone.", ("Happiness",)),
        ("She is very sad.", ("very sad",)),
        ("Her voice is sad.", ()),
        ("", ()),
    ],
)
def test_what_a_clue_names(clue: str, named: tuple[str, ...]) -> None:
    assert named_labels(clue, SAMPLE) == named


@pytest.mark.parametrize(
    ("clue", "named"),
    [
        ("A trembling, breathy voice, as if surprised.", ()),
        ("The tone is positive.", ("positive",)),
        ("Her happiness can be heard.", ("happiness",)),
        ("Not angry at all, she sounds joyful and negative.", ("negative", "anger", "happiness")),
    ],
)
def test_a_feeling_gives_a_sentiment_away(clue: str, named: tuple[str, ...]) -> None:
    """Surprise is neither pleasant nor unpleasant."""
    sample = SAMPLE.model_copy(
        update={"label_set": ("negative", "neutral", "positive"), "labels": ("positive",)}
    )
    assert named_labels(clue, sample) == named
    mixed = sample.model_copy(update={"label_set": ("negative", "neutral", "positive", "surprise")})
    assert [name for name in named_labels(clue, mixed) if name in ("anger", "happiness")] == []


def test_a_naming_clue_is_withheld_only_from_a_blind_judge() -> None:
    sample = SAMPLE.model_copy(update={"audio_clue": "Happy and not angry."})
    evidence, withheld = gather_evidence(sample, None, blind=True)
    assert [piece.id for piece in evidence] == ["T1"]
    assert withheld == ("audio clue: names Anger, Happiness",)
    evidence, withheld = gather_evidence(sample, None, blind=False)
    assert [piece.id for piece in evidence] == ["A1", "T1"]
    assert withheld == ()


def test_a_clue_that_names_nothing_stays_and_so_do_the_words_spoken() -> None:
    sample = SAMPLE.model_copy(update={"audio_clue": "A trembling voice."})
    evidence, withheld = gather_evidence(sample, None, blind=True)
    assert [piece.text for piece in evidence] == ["A trembling voice.", "I am so angry."]
    assert withheld == ()


@pytest.mark.slow
@pytest.mark.shared
def test_no_real_clue_that_passes_contains_a_gold_label(shared_data: Path) -> None:
    """The data's own measure: the first five letters of a gold label, in any case."""
    passed = sentiments = 0
    for folder in sorted((shared_data / "mme-emotion").iterdir()):
        if not folder.is_dir():
            continue
        clues = {
            entry["video_id"]: entry["audio_clue"]
            for path in (folder / "audio_clue").glob("*.json")
            for entry in json.loads(path.read_text(encoding="utf-8"))
        }
        separator = {"FG-ER": ";", "ML-ER": ","}.get(folder.name)
        for path in (folder / "question").glob("*.json"):
            for entry in json.loads(path.read_text(encoding="utf-8")):
                gold = (
                    [label.strip() for label in entry["label"].split(separator)]
                    if separator
                    else [entry["label"]]
                )
                sample = SAMPLE.model_copy(
                    update={
                        "label_set": tuple(entry["label_set"]),
                        "labels": tuple(gold),
                        "audio_clue": clues.get(entry["video_id"]),
                    }
                )
                evidence, withheld = gather_evidence(sample, None, blind=True)
                clue = next((piece.text for piece in evidence if piece.id == "A1"), None)
                if clue is None:
                    assert withheld or not (sample.audio_clue or "").strip()
                    continue
                passed += 1
                sentiments += folder.name in ("SA", "FG-SA")
                assert not [label for label in gold if label[:5].lower() in clue.lower()]
    # 53 of 6,500 clues, 9 of 2,100 on sentiments; these say that nothing can be heard, or how the voice sounds.
    assert 0 < passed <= 60
    assert 0 < sentiments <= 10


def test_of_what_agents_wrote_the_pieces_that_name_a_label_are_withheld() -> None:
    told = {
        EvidenceKind.AUDIO: (Told(0, 3, "A low voice."), Told(1, 2, "It sounds angry.")),
        EvidenceKind.DESCRIPTION: (Told(0, 0, "He does not look HAPPY."), Told(1, 1, "The brows move up.")),
        EvidenceKind.TRANSCRIPT: (Told(0, 3, "I am so angry."),),
    }
    evidence, withheld = gather_evidence(SAMPLE, None, blind=True, told=told)
    # The words are of the clip, not about it.
    assert [(piece.id, piece.text) for piece in evidence] == [
        ("A1", "A low voice."),
        ("T1", "I am so angry."),
        ("D1", "The brows move up."),
    ]
    assert withheld == (
        "audio clue: names Anger (1.0 to 2.0 s)",
        "description: names Happiness (0.0 to 0.0 s)",
    )
    evidence, withheld = gather_evidence(SAMPLE, None, blind=False, told=told)
    assert [piece.id for piece in evidence] == ["A1", "A2", "T1", "D1", "D2"]
    assert withheld == ()


def test_the_same_words_give_away_only_what_a_samples_own_candidates_are() -> None:
    told = {EvidenceKind.AUDIO: (Told(0, 3, "It sounds angry."),)}
    other = SAMPLE.model_copy(update={"label_set": ("wishing", "agreeing"), "labels": ("wishing",)})
    assert gather_evidence(SAMPLE, None, blind=True, told=told).withheld
    assert not gather_evidence(other, None, blind=True, told=told).withheld
    sentiments = other.model_copy(update={"label_set": ("negative", "positive"), "labels": ("negative",)})
    assert gather_evidence(sentiments, None, blind=True, told=told).withheld == ("audio clue: names anger",)


@pytest.mark.parametrize(
    ("label_set", "text"),
    [
        (("Yes", "No"), "The eyes look down, and the nose wrinkles. The hand is not moving."),
        (("Sarcastic", "Not sarcastic"), "The hand is not steady."),
        (("A", "B"), "A hand is raised."),
    ],
)
def test_what_is_withheld_does_not_hang_on_short_letters_of_the_gold_label(
    label_set: tuple[str, ...], text: str
) -> None:
    told = {
        named_labels(text, SAMPLE.model_copy(update={"label_set": label_set, "labels": (gold,)}))
        for gold in label_set
    }
    assert len(told) == 1, "a judge who knew what is withheld would know the label"
