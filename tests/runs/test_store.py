from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cuewise.errors import RunError
from cuewise.models.protocol import Completion
from cuewise.runs.batch_records import BatchRecords
from cuewise.runs.store import CallLabel, CallStore


def label(key: str) -> CallLabel:
    return CallLabel(key, "openai/m", "answer", "SA/x")


def found(store: CallStore, key: str) -> Completion:
    stored = store.get(key)
    assert stored is not None
    return stored.completion


async def put(store: CallStore, key: str, text: str) -> None:
    await store.put(label(key), "{}", Completion(text=text), finished_at=1.0, latency_s=0.5)


def test_what_is_put_is_read_back_by_another_store(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "calls.sqlite"
    store = CallStore(path)
    completion = Completion(text='né "x" 😀\n', finish="length", output_tokens=7, model="m-1")
    asyncio.run(store.put(label("a"), '{"q":1}', completion, finished_at=1.0, latency_s=0.5))
    assert found(store, "a") == completion
    other = CallStore(path)
    assert found(other, "a") == completion
    assert other.request_text("a") == '{"q":1}'
    assert other.get("b") is None
    assert other.request_text("b") is None
    store.close()
    other.close()


def test_a_call_is_committed_when_put_returns(tmp_path: Path) -> None:
    """Seen from a second connection, which only sees what is committed."""
    store = CallStore(tmp_path / "calls.sqlite")
    seen: list[int] = []

    async def check() -> None:
        for n in range(20):
            await put(store, f"k{n}", "t")
            with sqlite3.connect(tmp_path / "calls.sqlite") as other:
                seen.append(other.execute("SELECT count(*) FROM calls").fetchone()[0])
            other.close()

    asyncio.run(check())
    store.close()
    assert seen == list(range(1, 21))


def test_first_completion_of_a_key_stays(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")
    asyncio.run(put(store, "a", "first"))
    asyncio.run(put(store, "a", "second"))
    assert found(store, "a").text == "first"
    store.close()


def test_failures_are_counted_and_never_answer(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")
    asyncio.run(
        store.put_failure(label("a"), failed_at=1, latency_s=1, status=500, kind="server_error", message="no")
    )
    assert store.get("a") is None
    assert store.counts() == (0, 1)
    store.close()


def test_many_writers_in_many_threads(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")

    async def many(thread: int) -> None:
        await asyncio.gather(*(put(store, f"{thread}-{n}", "t") for n in range(50)))

    threads = [threading.Thread(target=lambda t=t: asyncio.run(many(t))) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts() == (200, 0)
    store.close()


_WRITER = """
import asyncio, sys
from pathlib import Path
from cuewise.models.protocol import Completion
from cuewise.runs.store import CallLabel, CallStore
store = CallStore(Path(sys.argv[1]))
async def go():
    n = 0
    while True:
        await store.put(CallLabel(f"{n}", "m", "s", "x"), "{}", Completion(text=str(n)), finished_at=1, latency_s=1)
        print(n, flush=True)
        n += 1
asyncio.run(go())
"""


def test_nothing_acknowledged_is_lost_at_kill(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for _ in range(30):
        writer.stdout.readline()
    writer.kill()
    acknowledged = 30 + len(writer.stdout.read().split())
    writer.stdout.close()
    writer.wait()
    store = CallStore(path)
    assert all(store.get(str(n)) is not None for n in range(acknowledged - 1))
    store.close()


def test_a_full_disk_stops_the_run_with_a_clear_error(tmp_path: Path) -> None:
    """A page limit stands in for a full disk."""
    store = CallStore(tmp_path / "calls.sqlite")
    real = store._connect

    def limited() -> sqlite3.Connection:
        connection = real()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")
        return connection

    store._connect = limited  # type: ignore[method-assign]

    async def fill() -> None:
        for n in range(100):
            await put(store, f"k{n}", "x" * 4000)

    with pytest.raises(RunError, match="cannot be written"):
        asyncio.run(fill())
    kept = store.counts()[0]
    assert 0 < kept < 100
    with pytest.raises(RunError, match="cannot be written"):
        asyncio.run(put(store, "later", "t"))
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all, only text" * 40, b"SQLite format 3\0garbage" * 90]
)
def test_a_file_that_is_no_store(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calls.sqlite"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"calls\.sqlite"):
        CallStore(path)
    assert path.read_bytes() == content


def test_a_store_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(RunError, match="upgrade Cuewise"):
        CallStore(path)


@pytest.mark.parametrize("status", [2**70, 500])
@pytest.mark.parametrize("message", ["half a pair \ud83d", "plain"])
def test_what_cannot_be_written_is_raised_and_nobody_waits_forever(
    tmp_path: Path, status: int, message: str
) -> None:
    store = CallStore(tmp_path / "calls.sqlite")

    async def go() -> None:
        await asyncio.wait_for(
            store.put_failure(
                label("a"), failed_at=1, latency_s=1, status=status, kind="server_error", message=message
            ),
            timeout=5,
        )

    if (status, message) == (500, "plain"):
        asyncio.run(go())
    else:
        with pytest.raises(RunError, match="cannot be written"):
            asyncio.run(go())
    store.close()


def test_a_writer_that_cannot_open_the_file_says_so(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")

    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("too many open files")

    store._connect = refuse  # type: ignore[method-assign]
    with pytest.raises(RunError, match="too many open files"):
        asyncio.run(asyncio.wait_for(put(store, "a", "t"), timeout=5))
    store.close()


def test_the_server_that_answered_is_kept(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")
    there = CallLabel("a", "m/x", "answer", "SA/x", "http://127.0.0.1:8000/v1")
    asyncio.run(store.put(there, "{}", Completion(text="t"), finished_at=1.0, latency_s=0.5))
    stored = store.get("a")
    assert stored is not None
    assert stored.server == "http://127.0.0.1:8000/v1"
    store.close()


_FIRST_FORMAT = """
CREATE TABLE calls (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, stage TEXT NOT NULL, sample TEXT NOT NULL, request TEXT NOT NULL,
    completion TEXT NOT NULL, server TEXT NOT NULL, finished_at REAL NOT NULL, latency_s REAL NOT NULL
);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, model TEXT NOT NULL, stage TEXT NOT NULL, sample TEXT NOT NULL,
    failed_at REAL NOT NULL, latency_s REAL NOT NULL, status INTEGER, kind TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX attempts_by_key ON attempts (key);
INSERT INTO calls VALUES ('a', 'openai/m', 'answer', 'SA/x', '{}', '{"text": "kept", "input_tokens": 7}', '', 1, 2);
PRAGMA user_version = 1;
"""


def test_batches_of_the_format_before_say_nothing_of_their_endpoint(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    CallStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE batches DROP COLUMN endpoint")
        db.execute(
            "INSERT INTO batches (token, run, model, server, state, created_at) VALUES ('t', 'r', 'm', '', 'open', 1)"
        )
        db.execute("PRAGMA user_version=2")
    db.close()
    store = CallStore(path)
    (record,) = BatchRecords(store).not_ended()
    store.close()
    assert (record.token, record.endpoint, record.created_at) == ("t", "", 1)


def test_a_store_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(_FIRST_FORMAT)
    db.close()
    stores: list[CallStore] = []
    threads = [threading.Thread(target=lambda: stores.append(CallStore(path))) for _ in range(4)]
    for thread in threads:  # several processes may do it at once
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 4
    store = stores[0]
    assert found(store, "a").text == "kept"
    assert not store.usage(["a"])["a"].batched, "calls of earlier versions were made one by one"
    asyncio.run(
        store.put(label("b"), "{}", Completion(text="t"), finished_at=1, latency_s=1, batch="batch_1")
    )
    assert {key: usage.batched for key, usage in store.usage(["a", "b"]).items()} == {"a": False, "b": True}
    assert store.rows("PRAGMA user_version") == [(3,)]
    for each in stores:
        each.close()
