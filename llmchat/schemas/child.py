"""The process that checks answers: reads a schema from the first line of stdin, then one value per
line.

It is run as a script, imports nothing from llmchat, and prints one line for each value. A check
that takes too long (a pattern may need years) ends this process, by its own timer or by its parent.
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

FRAMES = 5000  # for a recursive schema, at the largest depth allowed
MOST_FAULTS = 8
LONGEST_FAULT = 200
# Those that need no other package; `open_validator` adds two of our own.
FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")


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
    """A validator for the draft that the schema names, else the newest. It fetches nothing."""
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
    # A reference that leads nowhere from another `$id`, or too large a number.
    except Exception as error:
        return [line_of(error)]


def line_of(error: Any) -> str:
    """An error as text: `$.items[0].age: 'old' is not of type 'integer'`; of other exceptions their
    kind and text."""
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
    """Ends this process after some seconds, even if its parent was killed."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def say(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
