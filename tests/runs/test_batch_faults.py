"""Whatever goes wrong with a batch, a run ends as it ends call by call, and no call is paid for twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise import evaluate
from cuewise.errors import InputError, RunError
from cuewise.models.batches import Submission
from cuewise.models.openai_batches import OpenAIBatches
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.following import TROUBLES
from support.batch_server import RESET_AFTER, BatchServer
from support.batches import (
    KEY,
    SAMPLES,
    conditions,
    ends,
    manifest,
    options,
    outcomes,
    rows,
    run,
    varied,
)
from support.chat_server import FAULTS, ChatServer, Fault


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("cuewise.runs.desk.LOOK_AGAIN_S", 0.01)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The outcomes of a run call by call."""
    folder = tmp_path_factory.mktemp("calm")
    with pytest.MonkeyPatch.context() as patch, ChatServer(varied) as server:
        patch.setenv("OPENAI_API_KEY", KEY)
        result = run(folder, server, manifest(folder), batch=False)
    assert ends(result) == [("scored", None)] * SAMPLES
    return outcomes(result)


def paid_once(server: BatchServer) -> bool:
    return server.problems == [] and len(server.executed) == 2 * SAMPLES == server.executed.total()


@pytest.mark.parametrize(
    ("route_faults", "batches"),
    [
        ({"upload": [FAULTS["server_error"], FAULTS["rate_limit"]]}, 2),
        ({"upload": [FAULTS["reset"]]}, 2),
        ({"create": [FAULTS["server_error"]]}, 2),
        ({"create": [RESET_AFTER]}, 2),
        ({"create": [RESET_AFTER, RESET_AFTER], "list": [None, None, FAULTS["server_error"]]}, 2),
        ({"poll": [FAULTS["rate_limit"], FAULTS["reset"], FAULTS["html"], FAULTS["empty_body"]]}, 2),
        ({"content": [FAULTS["cut_off"], FAULTS["reset"], FAULTS["server_error"]]}, 2),
        ({"list": [FAULTS["server_error"]]}, 2),
    ],
)
def test_requests_that_fail_in_passing(
    tmp_path: Path, calm: list[dict[str, Any]], route_faults: Any, batches: int
) -> None:
    for faults in route_faults.values():
        assert all(fault is None or fault.headers.get("Retry-After", "1") == "1" for fault in faults)
    with BatchServer(varied, api_key=KEY, route_faults=route_faults) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert paid_once(server)
        assert len(server.batches) == batches
    assert outcomes(result) == calm
    assert result.tally.made == 2 * SAMPLES
    assert rows(tmp_path, "SELECT count(*) FROM batch_calls") == [(0,)]
    assert rows(tmp_path, "SELECT DISTINCT state FROM batches") == [("ended",)]
    assert list((tmp_path / "batches").iterdir()) == []


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_what_a_batch_did_not_come_to_is_asked_again(
    tmp_path: Path, calm: list[dict[str, Any]], end: str
) -> None:
    with BatchServer(varied, api_key=KEY, ends=[end]) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert paid_once(server)
        # Half of the answers; then the other half, and the first extractions, each by a batch of its own.
        assert [len(batch.lines) for batch in server.batches][:2] == [SAMPLES, SAMPLES // 2]
    assert outcomes(result) == calm
    assert rows(tmp_path, "SELECT kind, count(*) FROM attempts GROUP BY kind") == [(end, SAMPLES // 2)]
    assert result.tally.failed_attempts == SAMPLES // 2


def test_a_batch_that_is_not_begun_is_tried_within_a_bound(
    tmp_path: Path, calm: list[dict[str, Any]]
) -> None:
    with BatchServer(varied, api_key=KEY, ends=["failed", "failed", "failed"]) as server:
        data = manifest(tmp_path)
        result = run(tmp_path, server, data)
        assert len(server.batches) == 3
        assert ends(result) == [("model_failure", "batch_failed")] * SAMPLES
        message = next(result.outcomes()).message
        assert message is not None
        assert "came to nothing in 3 batches" in message
        assert "This line is not right." in message
        assert outcomes(run(tmp_path, server, data)) == calm
        assert paid_once(server)


def test_a_file_that_is_refused_fails_its_calls(tmp_path: Path, calm: list[dict[str, Any]]) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY, route_faults={"upload": [FAULTS["bad_request"]]}) as server:
        assert ends(run(tmp_path, server, data)) == [("model_failure", "bad_request")] * SAMPLES
        assert rows(tmp_path, "SELECT kind, count(*) FROM attempts GROUP BY kind") == [
            ("bad_request", SAMPLES)
        ]
        assert rows(tmp_path, "SELECT count(*) FROM batches") == [(0,)]
        assert outcomes(run(tmp_path, server, data)) == calm
        assert paid_once(server)


def test_a_creation_that_never_brings_word_is_looked_for_by_the_next_command(
    tmp_path: Path, calm: list[dict[str, Any]]
) -> None:
    """It has begun, and the list of batches cannot be read in this command."""
    data = manifest(tmp_path)
    faults: dict[str, list[Fault | None]] = {
        "create": [RESET_AFTER],
        "list": [None, None, FAULTS["html"], FAULTS["html"]],
    }
    with BatchServer(varied, api_key=KEY, route_faults=faults) as server:
        policy = RetryPolicy(tries=2, first_wait_s=0.01)
        assert ends(run(tmp_path, server, data, retry=policy)) == [("model_failure", "bad_body")] * SAMPLES
        assert rows(tmp_path, "SELECT state FROM batches") == [("creating",)]
        assert outcomes(run(tmp_path, server, data)) == calm
        assert len(server.batches) == 2
        assert paid_once(server)


def test_lines_to_blame_fail_alone(tmp_path: Path, calm: list[dict[str, Any]]) -> None:
    with BatchServer(varied, api_key=KEY, ends=["faulty"], faulty_lines=[2, 5, 99]) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        blamed = [server.batches[0].lines[n - 1]["custom_id"] for n in (2, 5)]
        assert server.problems == []
        assert not set(blamed) & set(server.executed)
        assert max(server.executed.values()) == 1
    assert sorted(ends(result)) == [("model_failure", "bad_request")] * 2 + [("scored", None)] * (SAMPLES - 2)
    kept = [outcome for outcome in outcomes(result) if outcome["kind"] == "scored"]
    assert all(outcome in calm for outcome in kept)


def test_errors_of_single_calls_mean_what_they_mean_directly(
    tmp_path: Path, calm: list[dict[str, Any]]
) -> None:
    faults = [FAULTS["server_error"], FAULTS["rate_limit"], FAULTS["bad_request"], FAULTS["content_filter"]]
    with BatchServer(varied, api_key=KEY, line_faults=[*faults, FAULTS["no_choices"]]) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        first = [line["custom_id"] for line in server.batches[0].lines[:5]]
        again = [key for key, times in server.executed.items() if times == 2]
        assert sorted(again) == sorted([first[0], first[1], first[4]])
        assert server.problems == []
    found = ends(result)
    assert sorted(set(found)) == [
        ("model_failure", "bad_request"),
        ("refused", "marked_by_server"),
        ("scored", None),
    ]
    assert found.count(("scored", None)) == SAMPLES - 2
    assert all(outcome in calm for outcome in outcomes(result) if outcome["kind"] == "scored")
    kinds = rows(tmp_path, "SELECT status, kind FROM attempts ORDER BY kind")
    assert kinds == [(200, "bad_body"), (400, "bad_request"), (429, "rate_limit"), (500, "server_error")]


def garbled(lines: list[bytes]) -> list[bytes]:
    """Garbage between the lines, one line twice with another answer, one of nobody, one cut, one gone."""
    lied = lines[0].replace(b"turned up", b"turned down")
    stranger = lines[1].replace(b'"custom_id": "', b'"custom_id": "f00')
    odd = [
        b"",
        b"{",
        b"null",
        b"[1, 2]",
        b'{"custom_id": 7, "response": null}',
        b'{"custom_id": null}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"id": "x", "custom_id": "\\ud83d", "response": {"status_code": 200, "body": {}}, "error": null}',
    ]
    return [*odd, stranger, lines[0], lied, *odd, *lines[2:-1], lines[-1][:50]]


def test_lines_that_say_nothing_harm_no_other(tmp_path: Path, calm: list[dict[str, Any]]) -> None:
    """Of the first results two are lost: those calls, and no others, are made again."""
    changes: list[Callable[[list[bytes]], list[bytes]]] = [garbled]
    with BatchServer(
        varied, api_key=KEY, mangle=lambda lines: changes.pop()(lines) if changes else lines
    ) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert server.problems == []
        assert sorted(server.executed.values()) == [1] * (2 * SAMPLES - 2) + [2, 2]
    assert outcomes(result) == calm
    assert rows(tmp_path, "SELECT kind, count(*) FROM attempts GROUP BY kind") == [("missing", 2)]


def test_a_second_file_that_comes_late_counts_nothing_twice(
    tmp_path: Path, calm: list[dict[str, Any]]
) -> None:
    with BatchServer(
        varied,
        api_key=KEY,
        line_faults=[FAULTS["server_error"]],
        route_faults={"content": [None, FAULTS["cut_off"], None, FAULTS["server_error"]]},
    ) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert server.executed.total() == 2 * SAMPLES + 1
    assert outcomes(result) == calm
    assert (result.tally.made, result.tally.failed_attempts) == (2 * SAMPLES, 1)
    spent = result.spending().total.cost_usd
    assert spent
    assert result.tally.cost_usd == pytest.approx(spent)


@pytest.mark.parametrize(("missed", "again"), [(TROUBLES - 2, 0), (TROUBLES, SAMPLES)])
def test_files_that_are_late_are_waited_for_and_those_that_are_gone_are_not(
    tmp_path: Path, calm: list[dict[str, Any]], missed: int, again: int
) -> None:
    faults = {"content": [FAULTS["not_found"]] * missed}
    with BatchServer(varied, api_key=KEY, route_faults=faults) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert sorted(server.executed.values()) == [1] * (2 * SAMPLES - again) + [2] * again
    assert outcomes(result) == calm


def test_where_there_is_no_room_batches_wait_for_each_other_and_shrink(
    tmp_path: Path, calm: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten calls in files of four: of each wave the second and third batch find no room beside the first."""
    monkeypatch.setattr(OpenAIBatches, "max_calls", 4)
    with BatchServer(varied, api_key=KEY, max_open=1, polls=4) as server:
        result = run(tmp_path, server, manifest(tmp_path))
        assert paid_once(server)
        assert max(len(batch.lines) for batch in server.batches) == 4
        assert sum(batch.end == "no_room" for batch in server.batches) <= 4
    assert outcomes(result) == calm
    assert result.tally.failed_attempts == 0
    monkeypatch.setattr(OpenAIBatches, "max_calls", 50_000)
    with BatchServer(varied, api_key=KEY, ends=["no_room", "no_room"]) as server:
        (tmp_path / "other").mkdir()
        run(tmp_path / "other", server, manifest(tmp_path))
        assert [len(batch.lines) for batch in server.batches][:3] == [10, 5, 5]
        assert paid_once(server)


def test_a_key_that_stops_working_ends_the_command_and_loses_nothing(
    tmp_path: Path, calm: list[dict[str, Any]]
) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY, route_faults={"poll": [FAULTS["bad_key"]]}) as server:
        with pytest.raises(RunError, match="It goes on there") as raised:
            run(tmp_path, server, data)
        assert KEY not in str(raised.value)
        assert len(server.batches) == 1
        assert outcomes(run(tmp_path, server, data)) == calm
        assert paid_once(server)


@pytest.mark.parametrize("moment", ["creating", "created", "open"])
def test_what_was_under_way_is_found_again(
    tmp_path: Path, calm: list[dict[str, Any]], moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command dies just before a batch begins, just after, and while it is under way."""

    class Dead(BaseException):
        pass

    async def die(*_: object) -> Any:
        raise Dead

    async def die_after(self: OpenAIBatches, submission: Submission) -> Any:
        await create(self, submission)
        raise Dead

    create = OpenAIBatches.create
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        with monkeypatch.context() as patch:
            match moment:
                case "creating":
                    patch.setattr(OpenAIBatches, "create", die)
                case "created":
                    patch.setattr(OpenAIBatches, "create", die_after)
                case _:
                    patch.setattr(OpenAIBatches, "state", die)
            with pytest.raises(Dead):
                run(tmp_path, server, data)
        states = {"creating": "creating", "created": "creating", "open": "open"}
        assert rows(tmp_path, "SELECT state, calls FROM batches") == [(states[moment], SAMPLES)]
        result = run(tmp_path, server, data)
        assert len(server.batches) == 2
        assert paid_once(server)
    assert outcomes(result) == calm
    assert result.tally.made == 2 * SAMPLES


def test_a_batch_that_began_is_found_behind_many_others(
    tmp_path: Path, calm: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY, route_faults={"create": [RESET_AFTER]}) as server:
        find = OpenAIBatches.find

        async def find_late(self: OpenAIBatches, submission: Submission) -> Any:
            ours = server.batches[:1]
            server.batches += [_other(ours[0], n) for n in range(250)]
            return await find(self, submission)

        monkeypatch.setattr(OpenAIBatches, "find", find_late)
        result = run(tmp_path, server, data)
        assert paid_once(server)
        assert sum(request == "GET /v1/batches" for request in server.requests) == 2 + 3
    assert outcomes(result) == calm


def _other(batch: Any, n: int) -> Any:
    from dataclasses import replace

    return replace(batch, id=f"batch_x{n}", input=f"file-x{n}", metadata={}, status="completed")


def test_a_server_without_batches_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with ChatServer(varied) as server:
        with pytest.raises(InputError, match="has no batches: leave --batch out"):
            run(tmp_path, server, manifest(tmp_path))
        assert server.calls == []
    assert not (tmp_path / "calls.sqlite").exists()


def test_replies_that_are_to_be_streamed_cannot_come_by_batch(tmp_path: Path) -> None:
    with BatchServer(varied, api_key=KEY) as server:
        streamed = options(server, manifest(tmp_path), model_args={"style": "dashscope"})
        with pytest.raises(InputError, match="style=dashscope has replies streamed"):
            evaluate(streamed, conditions(tmp_path))
        assert server.requests == []


def test_a_wrong_key_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with BatchServer(varied, api_key="another") as server:
        with pytest.raises(InputError, match="set OPENAI_API_KEY") as raised:
            run(tmp_path, server, manifest(tmp_path))
        assert server.requests == ["GET /v1/batches"]
    assert KEY not in str(raised.value)
