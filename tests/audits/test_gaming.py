"""No trick reaches an honest model under `grounded`; what each earns under the paper's rules is worked out by hand."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.audits.gaming import HONEST, YARDSTICK, GamingAudit, Player, make_clue, play, write_with_clues
from cuewise.cues import channels
from cuewise.demo import demo_data
from cuewise.errors import InputError
from cuewise.evaluation import evaluate
from cuewise.models.gaming import NAMES
from cuewise.records import Cue, Outcome, Protocol
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Options
from cuewise.samples.dataset import read_dataset
from cuewise.verdicts.claims import read_claims
from support.agents import candidates_of, prompt_of
from support.chat_server import ChatServer
from support.models import make_sample

PAPER, GROUNDED = Protocol.MME_EMOTION, Protocol.GROUNDED
EMPTY = (
    "all-labels-with-truisms", "one-truism", "twenty-truisms", "majority", "laced-truisms", "echoed-tags",
    "instructions", "long-vague", "quoted-words",
)  # fmt: skip
"""Tricks whose reasons hold nothing that could be checked."""
SAFE = (
    "repeated-truth", "reworded-truth", "one-ordinary-claim", "ordinary-claims", "denied-rarities", "one-figure",
)  # fmt: skip
"""Tricks that say what holds of most clips."""
SHOWN = {
    "brows": "raised", "eyes": "wide", "mouth": "smiling", "head": "nodding", "pitch": "high", "rate": "fast",
    "loudness": "loud",
}  # fmt: skip


def cues(*left_out: str) -> list[dict[str, Any]]:
    return [
        {"channel": channel, "value": value, "start_s": 0, "end_s": 2}
        for channel, value in SHOWN.items()
        if channel not in left_out
    ]


def entry(clip: str, label: str | list[str], *candidates: str, **fields: Any) -> dict[str, Any]:
    return {
        "clip": f"{clip}.mp4",
        "task": "ER-Wild" if isinstance(label, str) else "ML-ER",
        "label": label,
        "label_set": candidates,
        "transcript": "I never said that she was late",
        "cues": cues(),
        **fields,
    }


def write(folder: Path, *entries: dict[str, Any]) -> str:
    folder.mkdir(parents=True)
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, entries)) + "\n", encoding="utf-8")
    # Any clip will do: simulated models look at the annotations alone, but have to be sent something.
    for one in entries:
        shutil.copy(demo_data() / "clips" / "demo_001.mp4", folder / one["clip"])
    return str(folder)


ENTRIES = (
    entry("a", "happy", "happy", "sad", "neutral"),
    entry("b", "happy", "happy", "sad", "neutral"),
    entry("c", "sad", "happy", "sad", "neutral"),
    entry("d", ["anger", "sad"], "happy", "fear", "anger", "sad", cues=cues("pitch", "rate", "loudness")),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gaming")


@pytest.fixture(scope="module")
def small(workspace: Path) -> str:
    return write(workspace / "small", *ENTRIES)


@pytest.fixture(scope="module")
def audit(small: str, workspace: Path) -> GamingAudit:
    return play(small, conditions=Conditions(workspace=workspace / "w"))


def earned(audit: GamingAudit, trick: str, protocol: Protocol) -> Any:
    """Recognition, reasoning and CoT, equal to figures that are the same but for rounding."""
    player = next(player for player in audit.players if player.model == f"gaming/{trick}")
    figures = player.earned[protocol]
    return pytest.approx((figures.recognition, figures.reasoning, figures.cot))


def reasoning(audit: GamingAudit, trick: str, protocol: Protocol) -> float | None:
    return next(
        player.earned[protocol].reasoning for player in audit.players if player.model == f"gaming/{trick}"
    )


def outcomes(audit_data: str, workspace: Path, model: str, protocol: Protocol) -> dict[str, Outcome]:
    options = Options(data=audit_data, model=model, protocol=protocol)
    result = evaluate(options, Conditions(workspace=workspace / "w"))
    return {outcome.sample.clip.id: outcome for outcome in result.outcomes()}


# --- what tricks earn, by hand ---------------------------------------------------------------------


def test_everyone_plays_under_both_protocols(audit: GamingAudit) -> None:
    assert [player.model for player in audit.players] == [*HONEST, *NAMES]
    assert all(player.earned.keys() == set(Protocol) for player in audit.players)
    assert all(player.coverage == 100 for player in audit.players)
    assert (audit.dataset, audit.judge, audit.clues_made, audit.problems) == (
        "small",
        "offline/rules",
        True,
        (),
    )


@pytest.mark.parametrize("trick", ["one-truism", "majority", "twenty-truisms"])
def test_truisms(audit: GamingAudit, trick: str) -> None:
    """Happy is right for a and b, wrong for c. Of anger and sad, one each, anger comes first: half of d's labels."""
    # Recall 1/2 of d: (1 + 1 + 0 + 1/2) / 4. Every truism passes.
    assert earned(audit, trick, PAPER) == (62.5, 100, 81.25)
    # F1 of d is 2 x 1 / (1 + 2): (1 + 1 + 0 + 2/3) / 4. No truism earns anything.
    assert earned(audit, trick, GROUNDED) == (200 / 3, 0, 100 / 3)


def test_four_truisms_and_a_wrong_label_are_worth_half_under_the_papers_rules(
    small: str, workspace: Path
) -> None:
    score = outcomes(small, workspace, "gaming/majority", PAPER)["c.mp4"].score
    assert score is not None
    assert (score.recognition, score.reasoning, score.cot, score.n_steps) == (0, 1, 0.5, 5)
    score = outcomes(small, workspace, "gaming/majority", GROUNDED)["c.mp4"].score
    assert score is not None
    assert (score.recognition, score.reasoning, score.cot) == (0, 0, 0)


def test_all_labels(audit: GamingAudit, small: str, workspace: Path) -> None:
    score = outcomes(small, workspace, "gaming/all-labels", PAPER)["d.mp4"].score
    assert score is not None
    assert score.recognition == 1  # recall alone: both gold labels are among the four
    assert earned(audit, "all-labels", PAPER) == (25, 0, 12.5)
    assert earned(audit, "all-labels-with-truisms", PAPER) == (25, 100, 62.5)
    # F1 of d is 2 x 2 / (4 + 2); the others take one label, and four are none.
    assert earned(audit, "all-labels", GROUNDED) == (100 / 6, 0, 100 / 12)
    assert earned(audit, "all-labels-with-truisms", GROUNDED) == (100 / 6, 0, 100 / 12)


def test_neutral(audit: GamingAudit) -> None:
    for protocol in Protocol:
        assert earned(audit, "neutral", protocol) == (0, 0, 0)


def test_a_leaked_clue(audit: GamingAudit) -> None:
    assert earned(audit, "leaked-clue", PAPER) == (100, 100, 100)
    # One of the five sentences says how the voice sounds; of d's four none, as no cue of a voice is annotated.
    assert earned(audit, "leaked-clue", GROUNDED) == (100, 15, 57.5)
    # That one alone earns all there is, for a, b and c; d has no reason left.
    assert earned(audit, "leaked-voice", GROUNDED) == (100, 75, 87.5)


def test_saying_it_again_earns_no_more(small: str, workspace: Path) -> None:
    score = outcomes(small, workspace, "gaming/repeated-truth", GROUNDED)["a.mp4"].score
    assert score is not None
    assert score.grounding is not None
    assert (score.grounding.repeated, score.grounding.reasons, score.n_steps) == (9, 1, 11)


def test_rest_tells_of_a_neutral_person_alone(audit: GamingAudit) -> None:
    """Nothing rests in these clips, so what holds of most clips is false of them."""
    assert (
        reasoning(audit, "neutral-at-rest", GROUNDED) == reasoning(audit, "one-ordinary-claim", GROUNDED) == 0
    )
    # The guess is right of a, b and c; in d the voice is not annotated.
    assert reasoning(audit, "one-guess", GROUNDED) == 75


# --- none reaches an honest model ------------------------------------------------------------------


@pytest.mark.parametrize("trick", EMPTY)
def test_reasons_that_say_nothing_earn_nothing(audit: GamingAudit, trick: str) -> None:
    assert reasoning(audit, trick, GROUNDED) == 0
    assert reasoning(audit, trick, PAPER) == 100


@pytest.mark.slow
def test_on_the_demo_clips_no_trick_reaches_the_honest_model(
    tmp_path: Path, decoded: Callable[[Path], Path]
) -> None:
    decoded(tmp_path / "audits" / "gaming")
    audit = play(conditions=Conditions(workspace=tmp_path))
    assert all(player.coverage == 100 for player in audit.players)
    assert audit.reaching == []
    careful = next(player for player in audit.players if player.model == YARDSTICK)
    for player in audit.tricks:
        for score in ("reasoning", "cot"):
            mine, bar = (getattr(each.earned[GROUNDED], score) for each in (player, careful))
            assert mine < bar, f"{player.model}: {score}"
    for trick in EMPTY:
        assert reasoning(audit, trick, GROUNDED) == 0
        assert reasoning(audit, trick, PAPER) == 100
    # What shows in most clips, in one wording or ten, and a figure that most voices come near earn nothing; nor does
    # naming a neutral label for rest, but where the person rests. The safest guess is right in 18 of 47 clips.
    for trick in SAFE:
        assert (reasoning(audit, trick, PAPER) or 0) > 59
        assert reasoning(audit, trick, GROUNDED) == 0
    assert (reasoning(audit, "neutral-at-rest", PAPER) or 0) > 90
    assert (reasoning(audit, "neutral-at-rest", GROUNDED) or 0) < 25
    assert (reasoning(audit, "double-meaning", GROUNDED) or 0) < 10
    assert reasoning(audit, "one-guess", GROUNDED) == pytest.approx(100 * 18 / 47)
    assert (careful.earned[GROUNDED].reasoning or 0) > 100 * 18 / 47 + 15
    # Under the paper's rules truisms with the most frequent label beat a model that is right half of the time,
    # and whoever has the clues beats everyone.
    ahead = {player.model for player in audit.ahead("simulated/careless", PAPER, "cot")}
    assert {"gaming/one-truism", "gaming/twenty-truisms", "gaming/all-labels-with-truisms"} <= ahead
    assert [player.model for player in audit.ahead(YARDSTICK, PAPER, "cot")] == [
        "gaming/leaked-voice", "gaming/leaked-clue",
    ]  # fmt: skip
    assert not {player.model for player in audit.ahead("simulated/careless", GROUNDED, "cot")} & {
        f"gaming/{trick}" for trick in EMPTY
    }


# --- the audit itself ------------------------------------------------------------------------------


def test_the_document(audit: GamingAudit) -> None:
    document = json.loads(json.dumps(audit.to_json(), allow_nan=False))
    rows = {row["model"]: row for row in document["models"]}
    assert rows.keys() == {*HONEST, *NAMES}
    assert {name for name, row in rows.items() if row["plays_trick"]} == set(NAMES)
    one = rows["gaming/majority"]["earned"]["mme-emotion"]
    assert (one["recognition"], one["count"], one["coverage"]) == (62.5, 4, 100)
    assert one["interval"]["cot"] is None, "of 4 clips no interval of a mean can be relied on"
    assert document["reaching"]["grounded"].keys() == {"cot", "reasoning"}
    assert "gaming/majority" in document["reaching"]["mme-emotion"]["reasoning"]


def test_tricks_are_told_by_what_they_earn(audit: GamingAudit) -> None:
    cot = [player.earned[GROUNDED].cot or 0.0 for player in audit.tricks]
    assert cot == sorted(cot, reverse=True)
    assert [player.model for player in audit.honest] == list(HONEST)
    assert audit.best(GROUNDED, "cot") is audit.tricks[0]


def believe_everything(request: dict[str, Any]) -> str:
    """A judge that supports every step by the first frame."""
    prompt = prompt_of(request)
    match = re.search(r"(?:Number of steps:|There are) (\d+)", prompt)
    assert match
    steps = range(1, int(match[1]) + 1)
    if match[0].startswith("There"):  # not by the form of the reply, which an answer may echo
        rated = [{"step": step, "rating": 1, "evidence": [], "reason": "It says so."} for step in steps]
        return json.dumps({"ratings": rated})
    said = {
        "decision": "supported",
        "evidence": ["F1"],
        "relevant": True,
        "repeats": None,
        "confidence": 1,
        "reason": "It says so.",
    }
    label = {"named": candidates_of(request)[:1], "reason": "It says so."}
    return json.dumps({"verdicts": [{"step": step, **said} for step in steps[:-1]], "label": label})


def test_a_judge_that_believes_everything_is_found_out(small: str, workspace: Path) -> None:
    with ChatServer(reply=believe_everything) as server:
        audit = play(
            small,
            judge="lab/credulous",
            judge_base_url=server.base_url,
            extractor=RULES,
            conditions=Conditions(workspace=workspace / "credulous", retry=RetryPolicy(tries=1)),
        )
    assert {f"gaming/{trick}" for trick in EMPTY} <= {player.model for player in audit.reaching}
    # Recognition needs no judge, so that none can be talked into a label.
    assert earned(audit, "twenty-truisms", GROUNDED) == (200 / 3, 100, 250 / 3)


def test_who_earns_as_much_has_reached(audit: GamingAudit) -> None:
    careful = audit.honest[0]
    level = Player("gaming/level", "", careful.earned)
    below = next(player for player in audit.tricks if player.model == "gaming/all-labels")
    reached = GamingAudit("d", "j", False, (), (careful, below, level), Path())
    assert [player.model for player in reached.reaching] == ["gaming/level"]


def test_a_dataset_without_cues_has_no_yardstick(tmp_path: Path) -> None:
    data = write(tmp_path / "d", entry("a", "happy", "happy", "sad", cues=[]))
    with pytest.raises(InputError, match="no annotated cues"):
        play(data, conditions=Conditions(workspace=tmp_path / "w"))
    assert not (tmp_path / "w").exists()


# --- clues that can leak ---------------------------------------------------------------------------


def test_a_clue_names_the_gold_label_and_one_property_of_the_voice() -> None:
    pitch = Cue(channel="pitch", value="low", start_s=0, end_s=1)
    brows = Cue(channel="brows", value="raised", start_s=0, end_s=1)
    clue = make_clue(make_sample(labels=("positive",), cues=(brows, pitch)))
    assert [claim.readings for claim in read_claims(clue)] == [(("pitch", "low"),)]
    assert "conveys positive throughout" in clue
    assert clue.count(". ") == 4
    assert read_claims(make_clue(make_sample(cues=(brows,)))) == ()
    assert set(channels()) >= {"pitch", "brows"}


def test_a_dataset_with_clues_is_the_same_but_for_the_clues(tmp_path: Path) -> None:
    twice = entry("a", "sad", "happy", "sad", "neutral", question="And now?")
    data = write(tmp_path / "d", *ENTRIES, twice)
    before = read_dataset(data)
    root = write_with_clues(before, tmp_path / "w")
    after = read_dataset(str(root), clips=tmp_path / "d")
    assert after.problems == ()
    assert [sample.model_copy(update={"audio_clue": None}) for sample in after.samples] == list(
        before.samples
    )
    assert all(sample.audio_clue for sample in after.samples)
    assert write_with_clues(before, tmp_path / "w") == root
