"""Large bodies wait their turn, and are let go of before their replies come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from cuewise.models import served
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.protocol import Message, Modality, Request, TextPart
from cuewise.models.room import Outgoing, Room
from support.media import Shelf


def test_room_is_given_in_order_and_what_is_larger_gets_it_alone() -> None:
    order: list[str] = []

    async def use(room: Room, name: str, size: int, until: asyncio.Event) -> None:
        async with room.take(size):
            order.append(name)
            await until.wait()

    async def main() -> None:
        room = Room(10)
        first, rest = asyncio.Event(), asyncio.Event()
        tasks = [asyncio.create_task(use(room, "six", 6, first))]
        await asyncio.sleep(0)
        given_up = asyncio.create_task(use(room, "given up", 9, rest))
        tasks += [asyncio.create_task(use(room, name, size, rest)) for name, size in (("99", 99), ("1", 1))]
        await asyncio.sleep(0.01)
        assert order == ["six"], "one that needs little does not overtake those that need more"
        given_up.cancel()
        first.set()
        await asyncio.sleep(0.01)
        assert order == ["six", "99"]
        rest.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 5)
        assert order == ["six", "99", "1"]
        async with room.take(10) as give_back:
            give_back()
            give_back()
            async with room.take(10):
                pass
        await asyncio.wait_for(use(room, "all", 10, rest), 5)

    asyncio.run(main())


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_body_goes_out_whole_and_once(size: int) -> None:
    body = bytes(range(251)) * (size // 251 + 1)
    told: list[bool] = []

    async def main() -> None:
        outgoing = Outgoing(body[:size], lambda: told.append(True))
        assert outgoing.size == size
        assert b"".join([piece async for piece in outgoing]) == body[:size]
        assert told == [True]
        assert [piece async for piece in outgoing if piece] == [], "it is not held any more"

    asyncio.run(main())


def test_few_large_bodies_are_held_at_once_however_long_the_replies_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, fit = 6, 2
    shelf = Shelf()
    video = shelf.put(bytes(3000), "video/mp4")
    monkeypatch.setattr(served, "WRITE_AT_ONCE_BYTES", 2999)
    monkeypatch.setattr(served, "LARGE_BYTES", fit * 3 * 3000)
    held = most = 0

    class Watched(Outgoing):
        def __init__(self, body: bytes, sent: Callable[[], None]) -> None:
            def done() -> None:
                nonlocal held
                held -= 1
                sent()

            nonlocal held, most
            held += 1
            most = max(most, held)
            super().__init__(body, done)

    monkeypatch.setattr(served, "Outgoing", Watched)

    async def main() -> None:
        arrived = asyncio.Barrier(calls)

        async def answer(request: web.Request) -> web.Response:
            assert (await request.json())["messages"]
            await arrived.wait()  # no reply before all have come
            return web.json_response(
                {"choices": [{"finish_reason": "stop", "message": {"content": "happy"}}]}
            )

        app = web.Application()
        app.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        model = OpenAICompatible(
            "lab/m",
            "m",
            base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/v1",
            api_key=None,
            read_media=shelf.read,
            takes=frozenset(Modality),
            timeout_s=20,
        )
        request = Request(messages=(Message(role="user", parts=(video, TextPart(text="?"))),))
        try:
            replies = await asyncio.gather(*(model.generate(request) for _ in range(calls)))
        finally:
            await model.close()
            await runner.cleanup()
        assert [reply.text for reply in replies] == ["happy"] * calls

    asyncio.run(main())
    assert held == 0
    assert 1 <= most <= fit
