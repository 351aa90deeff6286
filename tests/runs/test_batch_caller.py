"""Batches at the level of the caller: what is gathered, when it is submitted, and how often it is asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cuewise.errors import ModelError, PermanentModelError, RunError, TransientModelError
from cuewise.models.batches import BatchResult, BatchState, Submission
from cuewise.models.openai_batches import OpenAIBatches
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.protocol import Completion, Message, Modality, Request, TextPart
from cuewise.records import Outcome, OutcomeKind, Protocol, Sample
from cuewise.runs.batch_caller import BatchCaller
from cuewise.runs.budget import NOTHING, Budget
from cuewise.runs.caller import DeferredError, SampleCalls
from cuewise.runs.desk import Polling
from cuewise.runs.engine import Engine
from cuewise.runs.following import KEPT_S, TROUBLES
from cuewise.runs.limits import Limits
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import Workspace
from support.batch_server import BatchServer
from support.loop import longest_step
from support.media import Shelf, jpeg
from support.models import FakeModel, ask_text, make_sample
from support.virtual_time import PromptStore, now, run_virtually

KEY = "sk-test-0123456789abcdef0123456789abcdef"


@pytest.fixture
def prompt_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads, for which virtual time would not wait either, have done their work at once."""

    async def at_once(function: Any, *arguments: Any) -> Any:
        return function(*arguments)

    monkeypatch.setattr(asyncio, "to_thread", at_once)


class FakeApi:
    """A provider in memory, whose batches take so many seconds of the loop's time."""

    max_calls = 50_000
    max_bytes = 200_000_000

    def __init__(self, takes_s: float, endpoint: str = "/v1/chat/completions") -> None:
        self.takes_s = takes_s
        self.endpoint = endpoint
        self.version = ""
        self.asked: list[float] = []
        """When it was asked about a batch."""
        self.batches: list[tuple[float, list[str]]] = []
        self.errors: list[ModelError] = []
        """To answer questions with, in turn."""

    async def check(self) -> None:
        pass

    async def line(self, key: str, request: Request) -> bytes:
        return key.encode() + b"\n"

    async def upload(self, path: Path) -> str:
        self.batches.append((now(), path.read_text().split()))
        return str(len(self.batches) - 1)

    async def create(self, submission: Submission) -> BatchState:
        return BatchState(submission.file, ended=False)

    async def find(self, submission: Submission) -> BatchState | None:
        return None

    async def state(self, batch_id: str) -> BatchState:
        self.asked.append(now())
        if self.errors:
            raise self.errors.pop(0)
        began, keys = self.batches[int(batch_id)]
        return BatchState(batch_id, now() - began >= self.takes_s, len(keys), 0, (batch_id,))

    async def fetch(self, file: str, to: Path) -> None:
        to.write_text("".join(f"{key}\n" for key in self.batches[int(file)][1]))

    def read(self, line: bytes) -> BatchResult | None:
        return BatchResult(line.decode().strip(), Completion(text="ok", input_tokens=3, output_tokens=2))


class BatchModel(FakeModel):
    def __init__(self, api: FakeApi, name: str = "openai/gpt-4o") -> None:
        async def never(request: Request) -> Completion:
            raise AssertionError("asked directly")

        super().__init__(never, name)
        self.batches = api


def caller_of(
    tmp_path: Path, store: CallStore, models: Any, samples: list[Sample], **settings: Any
) -> BatchCaller:
    usual = {"run": "r", "limits": Limits(), "clock": now, "wall_clock": now, "sleep": asyncio.sleep}
    return BatchCaller(
        store,
        models if isinstance(models, list) else [models],
        len(samples),
        workspace=Workspace(tmp_path),
        connections=4,
        **{**usual, **settings},
    )


async def through(caller: BatchCaller, model: Any, asked: dict[str, list[Request]]) -> list[str]:
    """Samples that ask one question after the other; the ids of those that came to their end."""
    done: list[str] = []

    async def evaluate(sample: Sample) -> Outcome:
        ask = caller.bind(model, "answer", sample.id, SampleCalls())
        for request in asked[sample.id]:
            assert (await ask(request)).text == "ok"
        return Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.REFUSED)

    samples = [make_sample(n) for n in range(len(asked))]
    assert [sample.id for sample in samples] == list(asked)
    try:
        assert await in_rounds(caller, samples, evaluate, done)
    finally:
        await caller.close()
    return done


async def in_rounds(
    caller: BatchCaller,
    samples: list[Sample],
    evaluate: Callable[[Sample], Awaitable[Outcome]],
    done: list[str],
) -> bool:
    return await Engine(caller, connections=4).run_rounds(
        caller.next_round,
        lambda number: evaluate(samples[number]),
        lambda outcome: done.append(outcome.sample.id),
        caller.put_aside,
    )


@pytest.mark.usefixtures("prompt_threads")
def test_calls_wait_for_company_and_questions_come_ever_more_rarely(tmp_path: Path) -> None:
    """Two questions of each of thirty samples: two batches, whatever the number of connections."""
    api, samples = FakeApi(takes_s=3600), [make_sample(n) for n in range(30)]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    asked = {sample.id: [ask_text(f"{sample.id} {n}") for n in range(2)] for sample in samples}
    done = run_virtually(through(caller_of(tmp_path, store, model, samples), model, asked))
    assert sorted(done) == sorted(asked)
    assert [len(keys) for _, keys in api.batches] == [30, 30]
    first = [at for at in api.asked if at < api.batches[1][0]]
    gaps = [later - earlier for earlier, later in pairwise(first)]
    assert first[0] == 1
    assert gaps == sorted(gaps)
    assert max(gaps) == 300
    assert len(first) < 30
    assert first[-1] < 3600 + 300
    assert store.counts() == (60, 0)
    store.close()


@pytest.mark.usefixtures("prompt_threads")
def test_samples_that_share_a_call_share_its_line(tmp_path: Path) -> None:
    api, samples = FakeApi(takes_s=10), [make_sample(n) for n in range(12)]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    asked = {sample.id: [ask_text("the same")] for sample in samples}
    caller = caller_of(tmp_path, store, model, samples)
    assert len(run_virtually(through(caller, model, asked))) == 12
    assert [len(keys) for _, keys in api.batches] == [1]
    assert (caller.tally.made, caller.tally.reused, caller.tally.input_tokens) == (1, 0, 3)
    store.close()


@pytest.mark.usefixtures("prompt_threads")
@pytest.mark.parametrize("differs", ["endpoint", "version"])
def test_models_of_one_name_at_two_interfaces_share_no_batch(tmp_path: Path, differs: str) -> None:
    """As with `api=responses` for the judge alone: a batch is for one endpoint, in one version."""
    apis = FakeApi(takes_s=10), FakeApi(takes_s=10)
    setattr(apis[1], differs, "another")
    models = [BatchModel(api) for api in apis]
    samples, store = [make_sample(n) for n in range(3)], PromptStore(tmp_path / "calls.sqlite")
    caller = caller_of(tmp_path, store, models, samples)

    async def evaluate(sample: Sample) -> Outcome:
        for model in models:
            await caller.bind(model, "answer", sample.id, SampleCalls())(ask_text(f"{sample.id} {model}"))
        return Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.REFUSED)

    assert run_virtually(in_rounds(caller, samples, evaluate, []))
    assert [[len(keys) for _, keys in api.batches] for api in apis] == [[3], [3]]
    store.close()


async def left_behind(tmp_path: Path, store: CallStore, model: Any, samples: list[Sample]) -> None:
    """A run asks each sample by batch, and is killed while that is under way."""
    asked = {sample.id: [ask_text(sample.id)] for sample in samples}
    killed = asyncio.ensure_future(through(caller_of(tmp_path, store, model, samples), model, asked))
    await asyncio.sleep(20)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)


@pytest.mark.usefixtures("prompt_threads")
def test_a_batch_of_another_endpoint_is_left_to_those_who_can_read_it(tmp_path: Path) -> None:
    chat, responses = FakeApi(takes_s=60), FakeApi(takes_s=60, endpoint="/v1/responses")
    samples, store = [make_sample(n) for n in range(3)], PromptStore(tmp_path / "calls.sqlite")
    asked = {sample.id: [ask_text(sample.id)] for sample in samples}
    model, other = BatchModel(chat), BatchModel(responses)
    other.parameters = {"api": "responses"}

    async def go() -> list[str]:
        await left_behind(tmp_path, store, model, samples)
        caller = caller_of(tmp_path, store, other, samples, run="s")
        assert len(await through(caller, other, asked)) == 3
        assert len(responses.batches) == 1
        assert store.rows("SELECT run, state FROM batches ORDER BY run") == [("r", "open"), ("s", "ended")]
        return await through(caller_of(tmp_path, store, model, samples), model, asked)

    assert len(run_virtually(go())) == 3
    assert len(chat.batches) == 1
    assert store.counts() == (6, 0)
    store.close()


@pytest.mark.usefixtures("prompt_threads")
def test_a_batch_of_which_no_reply_could_be_read_is_remembered(tmp_path: Path) -> None:
    """As by a version that misreads them: the next one finds them, and pays for nothing."""
    samples, store = [make_sample(n) for n in range(3)], PromptStore(tmp_path / "calls.sqlite")
    asked = {sample.id: [ask_text(sample.id)] for sample in samples}
    api = FakeApi(takes_s=60)
    model, read = BatchModel(api), api.read

    def misread(line: bytes) -> BatchResult:
        return BatchResult(
            line.decode().strip(), TransientModelError("no reply", status=200, kind="bad_body")
        )

    async def go() -> list[str]:
        await left_behind(tmp_path, store, model, samples)
        await asyncio.sleep(60)
        api.read = misread  # type: ignore[method-assign]
        caller = caller_of(tmp_path, store, model, samples)
        assert await caller.next_round() == [0, 1, 2]
        await caller.close()
        api.read = read  # type: ignore[method-assign]
        return await through(caller_of(tmp_path, store, model, samples), model, asked)

    assert len(run_virtually(go())) == 3
    assert len(api.batches) == 1
    assert store.counts() == (3, 3)
    assert store.rows("SELECT state FROM batches") == [("ended",)]
    store.close()


def busy() -> TransientModelError:
    return TransientModelError("429", status=429, kind="rate_limit", retry_after_s=77)


@pytest.mark.usefixtures("prompt_threads")
def test_questions_that_bring_no_word_are_asked_again_within_a_bound(tmp_path: Path) -> None:
    samples = [make_sample(0)]
    asked = {samples[0].id: [ask_text("x")]}
    api = FakeApi(takes_s=0)
    api.errors = [busy() for _ in range(TROUBLES - 1)]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    assert run_virtually(through(caller_of(tmp_path, store, model, samples), model, asked))
    gaps = [later - earlier for earlier, later in pairwise(api.asked)]
    assert min(gaps) == 77, "as long as the server asks to wait, or longer"
    asked = {samples[0].id: [ask_text("y")]}
    api.errors = [busy() for _ in range(TROUBLES)]
    with pytest.raises(RunError, match="It goes on there: run the same command again"):
        run_virtually(through(caller_of(tmp_path, store, model, samples), model, asked))
    # The next command finds it, and asks for nothing new.
    assert run_virtually(through(caller_of(tmp_path, store, model, samples), model, asked))
    assert len(api.batches) == 2
    store.close()


@pytest.mark.usefixtures("prompt_threads")
@pytest.mark.parametrize("days", [1, 31])
def test_a_batch_that_nobody_knows_any_more(tmp_path: Path, days: int) -> None:
    """While its results may still be there the command ends; after that its calls are made again."""
    samples, api = [make_sample(0)], FakeApi(takes_s=0)
    asked = {samples[0].id: [ask_text("x")]}
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    unknown = PermanentModelError("no such batch", status=404, kind="not_found")
    api.errors = [unknown] * (TROUBLES + 1)

    async def go() -> list[str]:
        with pytest.raises(RunError, match="with the key that it was submitted with"):
            await through(caller_of(tmp_path, store, model, samples), model, asked)
        await asyncio.sleep(days * 86_400)
        return await through(caller_of(tmp_path, store, model, samples), model, asked)

    assert KEPT_S == 30 * 86_400
    if days == 31:
        assert run_virtually(go())
        assert len(api.batches) == 2
    else:
        api.errors *= 2
        with pytest.raises(RunError, match="no such batch"):
            run_virtually(go())
        assert len(api.batches) == 1
    store.close()


@pytest.mark.usefixtures("prompt_threads")
def test_a_call_that_no_batch_takes_fails_alone(tmp_path: Path) -> None:
    api, samples = FakeApi(takes_s=1), [make_sample(n) for n in range(3)]
    api.max_bytes = 200
    api.line = _line_of(api)  # type: ignore[method-assign]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    caller = caller_of(tmp_path, store, model, samples)
    ends: dict[str, str] = {}

    async def evaluate(sample: Sample) -> Outcome:
        ask = caller.bind(model, "answer", sample.id, SampleCalls())
        try:
            await ask(ask_text("x" * 500 if sample is samples[1] else sample.id))
        except ModelError as error:
            ends[sample.id] = error.kind
        return Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.REFUSED)

    async def go() -> None:
        await in_rounds(caller, samples, evaluate, [])

    run_virtually(go())
    assert ends == {samples[1].id: "too_large"}
    assert store.counts() == (2, 1)
    assert [len(keys) for _, keys in api.batches] == [2]
    store.close()


def judged(
    caller: BatchCaller, asked: list[tuple[BatchModel, str]]
) -> Callable[[Sample], Awaitable[Outcome]]:
    """How a sample fares that several judges judge: all are asked, and the first that fails fails it."""

    async def evaluate(sample: Sample) -> Outcome:
        until: frozenset[str] = frozenset()
        for model, question in asked:
            try:
                await caller.bind(model, "verdicts", sample.id, SampleCalls())(ask_text(question))
            except DeferredError as deferred:
                until |= deferred.until
            except ModelError:
                return Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.JUDGE_FAILURE)
        if until:
            raise DeferredError(*until)
        return Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.REFUSED)

    return evaluate


@pytest.mark.usefixtures("prompt_threads")
def test_a_sample_whose_call_failed_in_mid_round_goes_on(tmp_path: Path) -> None:
    """The second call finds the file of the first full, and its upload is refused."""
    api, samples, done = FakeApi(takes_s=5), [make_sample(0)], list[str]()
    api.max_calls = 1
    upload = api.upload

    async def refuse(path: Path) -> str:
        api.upload = upload  # type: ignore[method-assign]
        raise PermanentModelError("too large", status=413, kind="too_large")

    api.upload = refuse  # type: ignore[method-assign]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    caller = caller_of(tmp_path, store, model, samples)
    assert run_virtually(in_rounds(caller, samples, judged(caller, [(model, "a"), (model, "b")]), done))
    assert done == [samples[0].id]
    assert not caller.budget_reached
    store.close()


@pytest.mark.usefixtures("prompt_threads")
def test_a_sample_that_has_ended_waits_for_nothing_and_ends_once(tmp_path: Path) -> None:
    """One judge refuses at once; what the other says an hour later is of no use to anybody."""
    quick, slow, done = FakeApi(takes_s=5), FakeApi(takes_s=3600), list[str]()
    quick.read = lambda line: BatchResult(  # type: ignore[method-assign]
        line.decode().strip(), PermanentModelError("400", status=400, kind="bad_request")
    )
    models, samples = [BatchModel(quick, "openai/a"), BatchModel(slow, "openai/b")], [make_sample(0)]
    store = PromptStore(tmp_path / "calls.sqlite")
    caller = caller_of(tmp_path, store, models, samples)

    async def go() -> float:
        assert await in_rounds(caller, samples, judged(caller, [(model, "x") for model in models]), done)
        return now()

    assert run_virtually(go()) < 3600
    assert done == [samples[0].id]
    store.close()


@pytest.mark.usefixtures("prompt_threads")
@pytest.mark.parametrize(("run", "days", "remembered"), [("r", 0, 0), ("s", 0, 1), ("s", 31, 0)])
def test_what_another_run_began_is_not_forgotten_for_not_being_found(
    tmp_path: Path, run: str, days: int, remembered: int
) -> None:
    """Another run may have the key of another project, and sees nothing there of what this one began."""
    samples, store = [make_sample(0)], PromptStore(tmp_path / "calls.sqlite")
    asked = {samples[0].id: [ask_text("x")]}
    model, kept = BatchModel(FakeApi(takes_s=1)), ("r", "creating")

    async def go() -> None:
        await asyncio.sleep(days * 86_400)
        await through(caller_of(tmp_path, store, model, samples, run=run), model, asked)

    sql = "INSERT INTO batches (token, run, model, server, state, file, calls, created_at)"
    asyncio.run(store.write((f"{sql} VALUES ('t', ?, 'openai/gpt-4o', '', ?, 'file-1', 5, 0)", [kept])))
    run_virtually(go())
    assert store.rows("SELECT run, state FROM batches WHERE token = 't'") == [kept] * remembered
    store.close()


@pytest.mark.usefixtures("prompt_threads")
def test_a_batch_that_another_run_began_meanwhile_is_known_as_such(tmp_path: Path) -> None:
    """Where batches have no name of ours, only that tells them apart."""
    api, samples = FakeApi(takes_s=5), [make_sample(0)]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    others: list[frozenset[str]] = []
    create = api.create

    async def no_word(submission: Submission) -> BatchState:
        api.create = create  # type: ignore[method-assign]
        sql = "INSERT INTO batches (token, run, model, server, state, batch, created_at)"
        await store.write((f"{sql} VALUES ('t', 's', 'anthropic/x', '', 'open', ?, 0)", [("theirs",)]))
        raise TransientModelError("no word", kind="timeout")

    async def find(submission: Submission) -> BatchState | None:
        others.append(submission.others)
        return None

    api.create, api.find = no_word, find  # type: ignore[method-assign]
    asked = {samples[0].id: [ask_text("x")]}
    assert run_virtually(through(caller_of(tmp_path, store, model, samples), model, asked))
    assert others == [frozenset({"theirs"})] * 2
    store.close()


@pytest.mark.usefixtures("prompt_threads")
@pytest.mark.parametrize("where", ["upload", "state"])
def test_what_never_began_costs_nothing(tmp_path: Path, where: str) -> None:
    """Files that never arrive, and a batch that is not begun because the account has no money left."""
    api, samples, done = FakeApi(takes_s=5), [make_sample(n) for n in range(5)], list[str]()

    async def unreachable(path: Path) -> str:
        raise TransientModelError("connection refused", kind="connection")

    async def broke(batch_id: str) -> BatchState:
        return BatchState(batch_id, ended=True, unfinished=PermanentModelError("billing", kind="quota"))

    setattr(api, where, {"upload": unreachable, "state": broke}[where])
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    budget = Budget(tokens=10_000)
    caller = caller_of(tmp_path, store, model, samples, limits=Limits(budget=budget))

    async def evaluate(sample: Sample) -> Outcome:
        return await judged(caller, [(model, sample.id)])(sample)

    assert run_virtually(in_rounds(caller, samples, evaluate, done))
    assert len(done) == 5
    assert budget.spent == NOTHING
    store.close()


@pytest.mark.usefixtures("prompt_threads")
@pytest.mark.parametrize(("status", "remembered"), [(None, 1), (429, 0)])
def test_a_refusal_says_nothing_of_a_request_before_it(
    tmp_path: Path, status: int | None, remembered: int
) -> None:
    """The first request may have begun the batch, though it is not in the list yet, unless it was turned away."""
    api, samples, done = FakeApi(takes_s=5), [make_sample(0)], list[str]()
    errors: list[ModelError] = [
        TransientModelError("no word", status=status, kind="timeout"),
        PermanentModelError("no quota", status=402, kind="quota"),
    ]

    async def create(submission: Submission) -> BatchState:
        raise errors.pop(0)

    api.create = create  # type: ignore[method-assign]
    model, store = BatchModel(api), PromptStore(tmp_path / "calls.sqlite")
    caller = caller_of(tmp_path, store, model, samples)
    assert run_virtually(in_rounds(caller, samples, judged(caller, [(model, "x")]), done))
    assert done == [samples[0].id]
    assert store.rows("SELECT state FROM batches") == [("creating",)] * remembered
    store.close()


def _line_of(api: FakeApi) -> Any:
    async def line(key: str, request: Request) -> bytes:
        (part,) = request.messages[0].parts
        assert isinstance(part, TextPart)
        return f"{key}{' ' * len(part.text)}\n".encode()

    return line


@pytest.mark.slow
def test_files_are_split_by_their_size_and_the_loop_is_never_kept_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty calls with ten pictures each, some 300 KB a line, in files of at most 4 MB."""
    monkeypatch.setattr(OpenAIBatches, "max_bytes", 4_000_000)
    shelf, samples = Shelf(), [make_sample(n) for n in range(60)]
    pictures = [shelf.put(jpeg(seed, side=88), "image/jpeg") for seed in range(50)]
    asked = {}
    for n, sample in enumerate(samples):
        parts = (TextPart(text=sample.id), *(pictures[(n * 7 + k) % 50] for k in range(10)))
        asked[sample.id] = [Request(messages=(Message(role="user", parts=parts),))]
    store = CallStore(tmp_path / "calls.sqlite")
    with BatchServer("ok", api_key=KEY) as server:
        model = OpenAICompatible(
            "openai/gpt-4o",
            "gpt-4o",
            base_url=server.base_url,
            api_key=KEY,
            read_media=shelf.read,
            takes=frozenset(Modality),
        )
        model.batches = OpenAIBatches(model)

        async def go() -> None:
            caller = caller_of(tmp_path, store, model, samples, polling=Polling(first_s=0.05))
            assert len(await through(caller, model, asked)) == 60
            await model.close()

        longest = asyncio.run(longest_step(go()))
        assert server.problems == []
        uploads = [len(server.files[batch.input]) for batch in server.batches]
        lines = [len(batch.lines) for batch in server.batches]
    store.close()
    assert sum(lines) == 60
    assert len(lines) >= 60 * 250_000 // 4_000_000
    assert max(uploads) <= 4_000_000
    assert min(uploads[:-1]) > 3_500_000
    assert longest < 0.050
