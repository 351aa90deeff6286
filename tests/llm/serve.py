"""Serves a GGUF file by llama.cpp's own server on loopback until standard input ends: `python serve.py FILE`

Says where on the first line of standard output.
"""

from __future__ import annotations

import os
import sys

import xllamacpp

SLOTS = 2
CONTEXT = 4096
MOST_TOKENS = 128
"""Bound of an answer where the request sets none: a small model held to a schema may else never end."""


def main(gguf: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.model_alias = {"smollm2"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = SLOTS * CONTEXT
    params.n_parallel = SLOTS
    params.n_predict = MOST_TOKENS
    params.endpoint_metrics = True
    params.warmup = False
    for threads in (params.cpuparams, params.cpuparams_batch):
        # Two threads that wait for each other by spinning come to a standstill on cores that others use too.
        threads.n_threads = 1
        threads.poll = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
