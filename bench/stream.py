"""Prints what a streamed answer costs: our stages beside a bare httpx loop, in the same run.

    python bench/stream.py [FRAMES] [ROUNDS]

A server in another process sends the frames over loopback, once as fast as the socket takes them
and once with a chunk of HTTP for each frame. Figures are CPU seconds of this process alone.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from llmchat.providers.openai import OpenAI
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta
from llmchat.values.messages import Message, Request

SERVER = """
import asyncio, json, sys
frames = int(sys.argv[1])
def frame(i):
    choice = {"index": 0, "delta": {"content": f"word{i} "}, "finish_reason": None}
    kind = "chat.completion.chunk"
    data = {"id": "c", "object": kind, "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(data).encode() + b"\\n\\n"
end = b'data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\\n\\n'
end += b"data: [DONE]\\n\\n"
pieces = [frame(i) for i in range(frames)] + [end]
head = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
whole = b"".join(pieces)
dense = head + b"Content-Length: %d\\r\\n\\r\\n" % len(whole) + whole
chunked = head + b"Transfer-Encoding: chunked\\r\\n\\r\\n" + b"".join(
    b"%x\\r\\n%s\\r\\n" % (len(p), p) for p in pieces) + b"0\\r\\n\\r\\n"
async def serve(reader, writer):
    try:
        while True:
            top = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
            size = int(top.split(b"content-length:")[1].split(b"\\r\\n")[0])
            await reader.readexactly(size)
            writer.write(chunked if b"/chunked/" in top.split(b"\\r\\n")[0] else dense)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


async def bare(base: str) -> int:
    """What a script would write that trusts the server in everything."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    said: list[str] = []
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"{base}/chat/completions", json=body) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                said.append(json.loads(line[6:])["choices"][0]["delta"].get("content", ""))
    return len("".join(said))


async def ours(base: str) -> int:
    request = Request("m", (Message("user", "Hi"),))
    said: list[str] = []
    async with OpenAI(Endpoint(base_url=base)) as provider:
        async for event in provider.stream(request):
            if isinstance(event, Delta):
                said.append(event.text)
    return len("".join(said))


def cost(ask: Callable[[str], Awaitable[int]], base: str) -> float:
    async def timed() -> float:
        start = time.process_time()
        await ask(base)
        return time.process_time() - start

    return asyncio.run(timed())


def main(frames: int = 10_000, rounds: int = 7) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(frames)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        origin = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        for way in ("dense", "chunked"):
            base = f"{origin}/{way}/v1"
            assert asyncio.run(bare(base)) == asyncio.run(ours(base))
            pairs = [(cost(bare, base), cost(ours, base)) for _ in range(rounds)]
            least_bare, least_ours = min(p[0] for p in pairs), min(p[1] for p in pairs)
            print(
                f"{frames} frames, {way:8} bare {least_bare * 1000:6.1f} ms   "
                f"ours {least_ours * 1000:6.1f} ms   x{least_ours / least_bare:.2f}"
            )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(*(int(arg) for arg in sys.argv[1:3]))
