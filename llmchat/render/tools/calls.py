"""A tool call and how it ended, on one line for a person."""

from __future__ import annotations

from llmchat.language import msg
from llmchat.language.dates import short_time
from llmchat.render.width import cut
from llmchat.values.calls import ToolResult

LONGEST = 64 * 1024  # characters that are parsed for it
ROOM = 80  # cells of arguments, and of a line of a failed tool's output


def readable(arguments: str) -> str:
    """The same JSON without escaped letters: many models write Russian as `\\u0421`."""
    if "\\u" not in arguments or len(arguments) > LONGEST:
        return arguments
    import json  # 4 ms, only for such calls

    try:
        text = json.dumps(json.loads(arguments), ensure_ascii=False)
        text.encode()  # raises for lone surrogates, which stay escaped
    except (ValueError, RecursionError):
        return arguments
    return text


def call_line(result: ToolResult) -> str:
    """`time/now {"zone": "UTC"}: 0.3 s`, or why there is no result. It contains foreign text, which
    the writer must clean."""
    call = result.call
    arguments = cut(" ".join(readable(result.edited or call.arguments)[: 4 * ROOM].split()), ROOM)
    head = f"{call.label or call.name} {arguments}"
    said = _gist(result.text)
    match result.outcome:
        case "ok":
            return msg("{head}: {short_time}", head=head, short_time=short_time(result.ms))
        case "timeout":
            return msg(
                "{head}: timed out after {short_time}", head=head, short_time=short_time(result.ms)
            )
        case "error":
            if said:
                return msg("{head}: failed ({said})", head=head, said=said)
            return msg("{head}: failed", head=head)
        case _:
            return msg("{head}: {outcome}", head=head, outcome=msg(result.outcome))


def _gist(text: str) -> str:
    """The first line and the last one, which in a traceback names the error."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    ends = dict.fromkeys([*lines[:1], *lines[-1:]])
    return " ... ".join(cut(line, ROOM) for line in ends)
