"""Anthropic's batches: on the wire, and through whole runs that break."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise import Conditions, RunResult, evaluate
from cuewise.errors import ModelError, PermanentModelError
from cuewise.models.anthropic_batches import AnthropicBatches, _pieces
from cuewise.models.batches import BatchApi, Submission, batch_api
from cuewise.models.protocol import Completion
from cuewise.models.registry import open_model
from support.batch_server import RESET_AFTER, AnthropicBatchServer, BatchServer
from support.batches import KEY as OTHER
from support.batches import SAMPLES, conditions, ends, manifest, options, outcomes, rows, varied
from support.chat_server import FAULTS, ChatServer
from support.media import Shelf
from support.models import ask_text

KEY = "sk-ant-0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr("cuewise.runs.desk.LOOK_AGAIN_S", 0.01)


def run(workspace: Path, server: ChatServer, data: str, **changes: Any) -> RunResult:
    asked = options(server, data, model="anthropic/claude-opus-5-5", extractor="anthropic/claude-sonnet-4-6")
    return evaluate(asked, conditions(workspace, **changes))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run call by call."""
    folder = tmp_path_factory.mktemp("calm")
    with pytest.MonkeyPatch.context() as patch, AnthropicBatchServer(varied, api_key=KEY) as server:
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        result = run(folder, server, manifest(folder), batch=False)
        assert server.batches == []
    assert ends(result) == [("scored", None)] * SAMPLES
    return result


@pytest.mark.parametrize(
    "faults", [(), (RESET_AFTER,), (FAULTS["server_error"], RESET_AFTER), (FAULTS["overloaded"],)]
)
def test_same_records_for_half_the_price(tmp_path: Path, calm: RunResult, faults: tuple[Any, ...]) -> None:
    with AnthropicBatchServer(varied, api_key=KEY, create_faults=faults) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert server.problems == []
        assert [len(batch.requests) for batch in server.batches] == [SAMPLES, SAMPLES]
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES
        assert server.calls == []
    assert outcomes(result) == outcomes(calm)
    assert result.tally.cost_usd == pytest.approx(calm.tally.cost_usd / 2)
    assert rows(tmp_path, "SELECT DISTINCT state FROM batches") == [("ended",)]


@pytest.mark.parametrize(("end", "kind"), [("expired", "expired"), ("canceled", "cancelled")])
def test_what_a_batch_did_not_come_to_is_asked_again(
    tmp_path: Path, calm: RunResult, end: str, kind: str
) -> None:
    with AnthropicBatchServer(varied, api_key=KEY, ends=[end]) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES
    assert outcomes(result) == outcomes(calm)
    assert rows(tmp_path, "SELECT kind, count(*) FROM attempts GROUP BY kind") == [(kind, SAMPLES // 2)]


def test_errors_of_single_calls(tmp_path: Path, calm: RunResult) -> None:
    faults = [FAULTS["server_error"], FAULTS["overloaded"], FAULTS["bad_request"]]
    with AnthropicBatchServer(varied, api_key=KEY, line_faults=faults) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert server.problems == []
        assert sorted(server.executed.values())[-3:] == [1, 2, 2]
    assert sorted(ends(result))[0] == ("model_failure", "bad_request")
    assert sorted(ends(result))[1:] == [("scored", None)] * (SAMPLES - 1)
    kinds = rows(tmp_path, "SELECT status, kind FROM attempts ORDER BY status")
    assert kinds == [(400, "bad_request"), (500, "server_error"), (529, "overloaded")]


def test_what_was_begun_when_the_command_died_is_found_again(
    tmp_path: Path, calm: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dead(BaseException):
        pass

    create = AnthropicBatches.create

    async def die_after(self: AnthropicBatches, submission: Submission) -> Any:
        await create(self, submission)
        raise Dead

    data = manifest(tmp_path)
    with AnthropicBatchServer(varied, api_key=KEY) as server:
        with monkeypatch.context() as patch:
            patch.setattr(AnthropicBatches, "create", die_after)
            with pytest.raises(Dead):
                run(tmp_path, server, data)
        # Somebody else begins batches too, one of another size and one of the same, but later.
        first = server.batches[0]
        small = replace(first, id="msgbatch_small", counts=Counter(processing=3))
        later = replace(first, id="msgbatch_later", counts=Counter(first.counts))
        server.batches += [small, later]
        result = run(tmp_path, server, data)
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES
        assert first.results is not None
    assert outcomes(result) == outcomes(calm)


def api(**args: str) -> BatchApi:
    environ = {"ANTHROPIC_API_KEY": KEY}
    model = open_model("anthropic/claude-opus-5-5", read_media=Shelf().read, args=args, environ=environ)
    found = batch_api(model)
    assert found is not None
    return found


def test_calls_with_and_without_a_temperature_share_no_batch() -> None:
    """The version goes with the request that begins it; only the one before has a temperature."""
    assert api().version == "2026-10-21"
    assert api(fixed_temperature="false").version == "2023-06-01"


def test_the_body_that_begins_a_batch(tmp_path: Path) -> None:
    """Its bytes are the lines of the file as one list, and its length is told beforehand."""

    async def go() -> tuple[bytes, bytes]:
        lines = [await api().line(key, ask_text(f"Take {key}\n")) for key in "abc"]
        path = tmp_path / "calls.jsonl"
        path.write_bytes(b"".join(lines))
        return b"".join([piece async for piece in _pieces(path)]), path.read_bytes()

    body, file = asyncio.run(go())
    assert len(body) == len(file) + len('{"requests":[]}') - 1
    assert json.loads(body) == {"requests": [json.loads(line) for line in file.splitlines()]}


@pytest.mark.parametrize(
    ("result", "kind", "permanent"),
    [
        ({"type": "expired"}, "expired", False),
        ({"type": "canceled"}, "cancelled", False),
        ({"type": "odd"}, "server_error", False),
        (None, "server_error", False),
        ({"type": "errored", "error": {"error": {"type": "billing_error"}}}, "quota", True),
        (
            {"type": "errored", "error": {"error": {"type": "authentication_error", "message": KEY}}},
            "auth",
            True,
        ),
        ({"type": "errored", "error": {"error": {"type": ["odd"]}}}, "server_error", False),
        ({"type": "errored", "error": None}, "server_error", False),
        ({"type": "succeeded", "message": None}, "bad_body", False),
    ],
)
def test_errors_of_lines(result: Any, kind: str, permanent: bool) -> None:
    read = api().read(json.dumps({"custom_id": "a", "result": result}).encode())
    assert read is not None
    assert isinstance(read.result, ModelError)
    assert (read.result.kind, isinstance(read.result, PermanentModelError)) == (kind, permanent)
    assert KEY not in str(read.result)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "error", "message", "content"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.sampled_from(["succeeded", "errored", "expired"]), JSON)
def test_no_result_breaks_the_reader(kind: str, inner: Any) -> None:
    line = {"custom_id": "a", "result": {"type": kind, "message": inner, "error": inner}}
    read = api().read(json.dumps(line).encode())
    assert read is not None
    assert isinstance(read.result, Completion | ModelError)


def test_a_run_by_two_makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one maker's model answered another's reads, each by batches of its own."""
    monkeypatch.setenv("OPENAI_API_KEY", OTHER)
    with AnthropicBatchServer(varied, api_key=KEY) as one, BatchServer(varied, api_key=OTHER) as other:
        asked = options(
            one, manifest(tmp_path), model="anthropic/claude-opus-5-5", extractor_base_url=other.base_url
        )
        result = evaluate(asked, conditions(tmp_path))
        assert one.problems == other.problems == []
        assert (len(one.batches), len(other.batches)) == (1, 1)
    assert ends(result) == [("scored", None)] * SAMPLES
    again = evaluate(asked, Conditions(workspace=tmp_path))
    assert again.tally.made == 0
