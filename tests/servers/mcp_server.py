"""A server of tools that speaks MCP 2025-11-25 over stdio, written by hand; each word of its
command line is a way in which it misbehaves. `tools=FILE` lists the names in that file, whenever
asked.

It is run by path in a bare interpreter: it imports nothing of ours and no SDK.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ESCAPES = "\x1b]0;owned\x07\x1b[31mred\u202e"
ODD = set(sys.argv[1:])


class RefusedError(Exception):
    """A call that is answered with an error of JSON-RPC, instead of a result that says so."""


def option(name: str, default: str = "") -> str:
    found = (word.partition("=")[2] for word in sys.argv[1:] if word.startswith(f"{name}="))
    return next(found, default)


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    name, _, other = name.partition("=")
    about = other or option("about", f"what {name} does")
    about = "x" * 2_000_000 if "wordy" in ODD else about
    return {"name": name, "description": about, "inputSchema": schema}


def names() -> list[str]:
    if "hostile" in ODD:
        return [ESCAPES, "a/b c", "a b/c", "x" * 200]
    file = option("tools")
    return Path(file).read_text().split() if file else ["echo", "fail", "big", "slow", "die"]


def page(cursor: str) -> dict[str, Any]:
    if ODD & {"endless", "hollow"}:
        tools = [tool(f"t{cursor}-{n}") for n in range(100)] if "endless" in ODD else []
        return {"tools": tools, "nextCursor": str(int(cursor or 0) + 1)}
    return {"tools": [tool(name) for name in names()]}


def text(what: str, *, error: bool = False) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": what}], "isError": error}


def called(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    given = str(arguments.get("text", ""))
    match name:
        case "fail":
            return text(f"no luck with {given}", error=True)
        case "big":
            return text("ж" * 500_000)
        case "flood":
            while True:
                os.write(1, b"x" * 65536)
        case "slow":
            time.sleep(60)
        case "die":
            print("the last words", file=sys.stderr, flush=True)
            os._exit(9)
        case "announce":
            send({"method": "notifications/tools/list_changed"})
        case "half":
            return text("a\ud83d")
        case "refuse":
            raise RefusedError(given)
        case "environment":
            return text(json.dumps(dict(os.environ)))
    return text(given or ESCAPES)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    parameters = request.get("params") or {}
    match request["method"]:
        case "initialize":
            return {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "by hand", "version": "1"},
            }
        case "tools/list":
            return page(parameters.get("cursor") or "")
        case "tools/call":
            return called(parameters["name"], parameters.get("arguments") or {})
    raise LookupError


def serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        try:
            send({"id": request["id"], "result": answer(request)})
        except RefusedError as refused:
            send({"id": request["id"], "error": {"code": -32000, "message": str(refused)}})
        except LookupError:
            if "mute" in ODD:
                continue
            send({"id": request["id"], "error": {"code": -32601, "message": "unknown method"}})


if __name__ == "__main__":
    if pids := option("pids"):
        with Path(pids).open("a") as file:
            file.write(f"{os.getpid()}\n")
    print("starting", ESCAPES, file=sys.stderr, flush=True)
    if "stubborn" in ODD:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "banner" in ODD:
        print("Welcome to this server!", flush=True)
    if "dead" in ODD:
        print("no such database", file=sys.stderr)
        sys.exit(3)
    if "silent" not in ODD:
        serve()
    while ODD & {"stubborn", "silent"}:
        time.sleep(1)
