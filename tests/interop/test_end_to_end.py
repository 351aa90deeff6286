"""From a made checkout to ratings: import, prompt file, extractor, judge, with one fake model for both agents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, evaluate
from cuewise.demo import demo_data
from cuewise.interop.checkout import import_prompts
from cuewise.interop.prompts import read_prompt_file, write_prompt_file
from cuewise.models.protocol import Completion, MediaPart, Request
from cuewise.records import Answer, Evidence, EvidenceKind, MediaRef, Sample, Step, Verdict
from cuewise.samples.tasks import tasks
from cuewise.steps.authors import AuthorsExtractor
from cuewise.verdicts.authors import AuthorsJudge
from support import agents
from support.authors_scripts import make_prompts, write_task
from support.chat_server import ChatServer
from support.models import FakeModel, make_sample, text_of

EVIDENCE = (
    Evidence(
        id="F1",
        kind=EvidenceKind.FRAME,
        start_s=0,
        end_s=0,
        image=MediaRef(sha256="a" * 64, mime="image/jpeg", size_bytes=9),
    ),
    Evidence(id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=2, text="She laughs out loud."),
)


async def reply(request: Request) -> Completion:
    """Splits an answer at its full stops; rates a step by whether the clue or the gold label has its last word."""
    text = text_of(request)
    if match := re.search("answer: '(.*)'\nWrite", text, re.DOTALL):
        claims = [claim.strip() for claim in match[1].split(".") if claim.strip()]
        steps = " ".join(f"Step {number}: {claim}." for number, claim in enumerate(claims, 1))
        return Completion(text=f"<step>{steps}</step>")
    sound, gold, steps = re.search(
        "Sound: '(.*?)'.*Label: '(.*?)'.*<step>(.*)</step>", text, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    assert any(isinstance(part, MediaPart) for part in request.messages[1].parts)
    ends = [re.sub(r"\W", "", line.split()[-1]) for line in steps.splitlines()]
    ratings = [int(end in sound) for end in ends[:-1]]
    if "," not in gold:
        ratings.append(int(ends[-1] == gold))
        return Completion(text=_score([f"{rating}/1" for rating in ratings]))
    hits = sum(label in steps.splitlines()[-1] for label in gold.split(","))
    return Completion(text=_score([*(f"{rating}/1" for rating in ratings), f"{hits}/{len(gold.split(','))}"]))


def _score(ratings: list[str]) -> str:
    return (
        f"<score>{', '.join(f'Step {number}: {rating}' for number, rating in enumerate(ratings, 1))}</score>"
    )


@pytest.mark.parametrize(
    ("sample", "answer", "labels", "ratings"),
    [
        (
            make_sample(),
            "She laughs. He sighs. The sentiment is positive.",
            ("positive",),
            [1, 0, 1],
        ),
        (make_sample(), "The sentiment is None.", (), [0]),
        (
            make_sample(
                id="ML-ER/a",
                task="ML-ER",
                label_set=("anger", "fear", "joy"),
                labels=("joy", "fear"),
                multi_label=True,
            ),
            "She laughs. I see joy and anger.",
            ("joy", "anger"),
            [1, 1 / 2],
        ),
    ],
)
def test_an_answer_is_taken_apart_and_rated(
    tmp_path: Path, sample: Sample, answer: str, labels: tuple[str, ...], ratings: list[float]
) -> None:
    for task in ("SA", "ML_ER"):
        write_task(tmp_path / "checkout", task)
    write_prompt_file(import_prompts(tmp_path / "checkout").prompts, tmp_path / "prompts.json")
    prompts = read_prompt_file(tmp_path / "prompts.json")
    model = FakeModel(reply)

    async def play() -> tuple[tuple[Step, ...], tuple[Verdict, ...]]:
        steps = await AuthorsExtractor(model.name, prompts).extract(
            sample, Answer(text=answer), model.generate
        )
        return steps, await AuthorsJudge(model.name, prompts).judge(sample, steps, EVIDENCE, model.generate)

    steps, verdicts = asyncio.run(play())
    assert steps[-1].labels == labels
    assert [verdict.rating for verdict in verdicts] == ratings
    assert len(model.asked) == 2


def serve(request: dict[str, Any]) -> str:
    """One reason and the label that was said, found right where it is a gold one."""
    text = agents.prompt_of(request)
    if text.startswith("You take answers apart."):
        label = re.search("Final answer: (.*?)'", text)[1]  # type: ignore[index]
        return f"<step>Step 1: The mouth is turned up. Step 2: The predicted label is {label}.</step>"
    if text.startswith("You check claims."):
        gold = re.search("Label: '(.*?)'", text)[1]  # type: ignore[index]
        said = re.search("predicted label is (.*)\\.<", text)[1]  # type: ignore[index]
        return f"<score>Step 1: 1/1, Step 2: {int(said in gold)}/{len(re.split('[,;]', gold))}</score>"
    return agents.reply(request)


def test_a_run_asks_both_agents_in_the_authors_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: Callable[[Path], Path]
) -> None:
    key = "sk-test-0123456789abcdef0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    prompts = make_prompts(tmp_path / "checkout", *tasks())
    write_prompt_file(prompts, tmp_path / "prompts.json")
    with ChatServer(serve, api_key=key) as server:
        options = Options(
            data=str(demo_data()),
            limit=8,
            model="openai/some-vision-model",
            model_base_url=server.base_url,
            judge="openai/some-judge",
            judge_base_url=server.base_url,
            prompts=str(tmp_path / "prompts.json"),
        )
        result = evaluate(options, Conditions(workspace=decoded(tmp_path / "workspace")))
    assert server.problems == []
    assert {outcome.kind.value for outcome in result.outcomes()} == {"scored"}
    assert result.summary.overall().reasoning == 100
    assert prompts.sha256() in result.manifest.settings.prompts.values()
    judged = [call for call in server.calls if "You check claims." in agents.prompt_of(call.request)]
    assert len(judged) == 8
    assert all(call.images for call in judged)
