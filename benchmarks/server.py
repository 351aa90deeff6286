"""A chat-completions server with a fixed latency that costs as little as it can.

Run as `python -m benchmarks.server LATENCY_S`; prints its base URL, serves until its input closes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

from aiohttp import web

STEPS = ["The corners of the mouth are turned up.", "The voice is loud.", "The speech is fast."]
ANSWER = "\n".join([*STEPS, "This is what call %d shows.", "Final answer: positive"])
EXTRACTION = json.dumps({"steps": STEPS, "label": "positive"})
JUDGEMENT = json.dumps(
    {"ratings": [{"step": n, "rating": 1, "evidence": ["F1"], "reason": "seen"} for n in (1, 2, 3, 4)]}
)


def _body(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "model": "bench-1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 60, "total_tokens": 1060},
        }
    ).encode()


ANSWER_BODY, EXTRACTION_BODY, JUDGEMENT_BODY = _body(ANSWER), _body(EXTRACTION), _body(JUDGEMENT)
_numbers = itertools.count()


async def serve(latency_s: float) -> None:
    async def reply(request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(latency_s)
        # Told apart without parsing: only the judge's request holds pictures, only the extractor's a schema.
        if b"data:image/jpeg" in body:
            payload = JUDGEMENT_BODY
        elif b'"steps"' in body or b'\\"steps\\"' in body:
            payload = EXTRACTION_BODY
        else:
            payload = ANSWER_BODY % next(_numbers)  # no two alike, so that no call is saved
        return web.Response(body=payload, content_type="application/json")

    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/v1/chat/completions", reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
