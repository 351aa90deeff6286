"""Whole runs over the shipped clips with tiny models in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cuewise import Conditions, Options, RunResult, evaluate, rejudge
from cuewise.demo import demo_data
from cuewise.records import OutcomeKind

pytestmark = pytest.mark.hf

LIMIT = 3


def run(folder: Path, workspace: Path, *, concurrency: int = 8, **options: object) -> RunResult:
    chosen = Options.model_validate(
        {
            "data": str(demo_data()),
            "limit": LIMIT,
            "model": f"hf/{folder}",
            "model_args": {"device": "cpu", "batch": "2"},
            "max_tokens": 16,
            **options,
        }
    )
    return evaluate(chosen, Conditions(workspace=workspace, concurrency=concurrency, agent_tries=1))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [("text", ()), ("image", ("video",)), ("audio", ("audio",)), ("omni", ("video", "audio"))],
)
def test_a_run_goes_through_and_a_second_makes_no_call(
    tiny: Callable[[str], Path], tmp_path: Path, kind: str, sent: tuple[str, ...]
) -> None:
    shutil.copytree(tiny(kind), folder := tmp_path / "secret-place" / f"tiny-{kind}")
    workspace = tmp_path / "workspace"
    result = run(folder, workspace)
    outcomes = list(result.outcomes())
    assert len(outcomes) == LIMIT and result.tally.made == LIMIT and result.tally.failed_attempts == 0
    assert {outcome.sent for outcome in outcomes} == {sent}
    # Nonsense, mostly cut off at the limit: what counts is that each clip has its own.
    assert {outcome.kind for outcome in outcomes} <= {OutcomeKind.TRUNCATED_ANSWER, OutcomeKind.SCORED}
    answers = [outcome.answer for outcome in outcomes if outcome.answer is not None]
    assert len({answer.text for answer in answers}) == LIMIT
    assert all(0 < (answer.output_tokens or 0) <= 16 for answer in answers)
    assert result.spending().total.cost_usd == 0
    assert result.name.startswith(f"hf-tiny-{kind}-")
    assert result.manifest.settings.model.name == f"hf/tiny-{kind}"
    assert "secret-place" not in result.manifest.settings.model_dump_json()
    assert run(folder, workspace).tally.made == 0
    if kind == "image":
        # The weights may go once the answers are there: judging again needs the answers alone.
        shutil.rmtree(folder)
        again = rejudge(result.name, conditions=Conditions(workspace=workspace))
        assert again.tally.made == 0
        assert [outcome.answer for outcome in again.outcomes()] == [outcome.answer for outcome in outcomes]


def test_such_a_model_may_judge(
    tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = tiny("text")
    from cuewise.models.hf import generation

    monkeypatch.setattr(generation, "MAX_TOKENS", 32)
    result = run(judge, tmp_path, model="baseline/majority", model_args={}, judge=f"hf/{judge}", limit=1)
    (outcome,) = result.outcomes()
    # It was asked for steps, and said nothing that could be read as such.
    assert (outcome.kind, outcome.cause) == (OutcomeKind.EXTRACTOR_FAILURE, "malformed_reply")
    assert outcome.usage["steps"].calls == 1
    assert result.manifest.settings.judge.name == "hf/text"
