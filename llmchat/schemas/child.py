"""The process that checks answers: a schema in the first line of stdin, then a value a line.

It is started as a script, imports nothing from llmchat, and prints one line for each. What takes
too long (a pattern may need years) ends with this process: by its own alarm, or by whoever started
it.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import datetime, time
from itertools import islice
from typing import Any

import jsonschema
from jsonschema.validators import validator_for
from referencing import Registry

FRAMES = 5000  # of a schema that describes a tree, at the depth that is taken
MOST_FAULTS = 8
LONGEST_FAULT = 200
FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")  # that need no other package; and two of ours


def main() -> None:
    sys.setrecursionlimit(FRAMES)
    opening = json.loads(sys.stdin.buffer.readline())
    try:
        validator = open_validator(opening["schema"])
    except Exception as error:
        say({"bad": line_of(error)})
        return
    say({})
    for line in sys.stdin.buffer:
        set_alarm(opening["patience"])
        say({"faults": faults(validator, json.loads(line))})
        set_alarm(0)


def open_validator(schema: dict[str, Any]) -> Any:
    """By the draft that it names, else the newest. Its registry is empty and fetches nothing."""
    kind: Any = validator_for(schema, default=jsonschema.Draft202012Validator)
    kind.check_schema(schema)
    formats = jsonschema.FormatChecker(FORMATS)
    formats.checks("date-time", ValueError)(is_moment)
    formats.checks("time", ValueError)(is_time)
    return kind(schema, registry=Registry(), format_checker=formats)


def faults(validator: Any, data: object) -> list[str]:
    try:
        return [line_of(error) for error in islice(validator.iter_errors(data), MOST_FAULTS)]
    except RecursionError:
        return ["$: nested too deeply for this schema"]
    except Exception as error:  # it leads nowhere from another `$id`, or a number is too large
        return [line_of(error)]


def line_of(error: Any) -> str:
    """`$.items[0].age: 'old' is not of type 'integer'`; of others their kind and what they say."""
    place = getattr(error, "json_path", type(error).__name__)
    line = " ".join(f"{place}: {getattr(error, 'message', error)}".split())
    return line if len(line) <= LONGEST_FAULT else line[: LONGEST_FAULT - 1] + "…"


def is_moment(value: object) -> bool:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return value[10:11] in ("T", "t", " ") and moment.tzinfo is not None
    return True


def is_time(value: object) -> bool:
    if isinstance(value, str):
        time.fromisoformat(value)
    return True


def set_alarm(seconds: float) -> None:
    """Ends this process after a while, even if its parent was killed."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def say(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
