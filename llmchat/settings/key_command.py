"""Runs the command that prints a key, such as `pass show gigachat`, when the key is needed."""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.system.programs import start
from llmchat.values.secret import Secret

PATIENCE = 60.0  # seconds: a password manager may ask the person something
LARGEST = 16_384  # bytes; a key is shorter than this


def run_key_command(
    command: str,
    *,
    environ: Mapping[str, str],
    timeout: float = PATIENCE,
    setting: str = "api_key_command",
) -> Secret:
    """The first line the command prints. Nothing it prints is ever shown."""
    try:
        return _printed(command, environ, timeout)
    except ConfigError as error:
        raise ConfigError(
            msg("{setting}{problem}", setting=setting, problem=error.message), hint=error.hint
        ) from error.__cause__


def _printed(command: str, environ: Mapping[str, str], timeout: float) -> Secret:
    words = _words(command)
    output = _output(words, environ, timeout)
    key = output.strip().splitlines()[0].strip() if output.strip() else ""
    if not key:
        raise _error(words[0], msg("printed no key"))
    if len(key) > LARGEST or not key.isprintable():
        raise _error(words[0], msg("did not print a valid key"))
    return Secret(key)


def _words(command: str) -> list[str]:
    import shlex  # 1 ms, only with such a command

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise _error(command.split(maxsplit=1)[0], msg("has an unclosed quote")) from error
    if not words:
        raise ConfigError(msg(" is empty"), hint=msg("llmchat config edit"))
    return words


def _output(words: list[str], environ: Mapping[str, str], timeout: float) -> str:
    from llmchat.system.captured_output import (  # subprocess: 3 ms, only with such a command
        TooMuch,
        run_bounded,
    )

    try:
        status, output = run_bounded(start(words, environ), most=LARGEST, timeout=timeout)
    except TimeoutError:
        raise _error(
            words[0], msg("did not finish within {timeout:g} s", timeout=timeout)
        ) from None
    except TooMuch:
        raise _error(words[0], msg("did not print a valid key")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("unknown error")
        raise _error(words[0], msg("failed to start: {reason}", reason=reason)) from error
    if status:
        raise _error(words[0], msg("exited with status {status}", status=status))
    return output.decode("utf-8", errors="replace")


def _error(program: str, what: str) -> ConfigError:
    return ConfigError(
        msg(": {program} {what}", program=program, what=what), hint=msg("llmchat config edit")
    )
