"""Runs a command that prints a key, such as `pass show gigachat`, when the key is needed."""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.system.programs import start
from llmchat.values.secret import Secret

PATIENCE = 60.0  # seconds; a password manager may ask the person something
LARGEST = 16_384  # bytes; a key is shorter than this
FLAG = "--key-command"  # the flag that names a command for one run


def run_key_command(
    command: str,
    *,
    environ: Mapping[str, str],
    timeout: float = PATIENCE,
    setting: str = "api_key_command",
) -> Secret:
    """Returns the first line the command prints. Its output is never shown."""
    words = _words(command, setting)
    output = _output(words, environ, timeout, setting).strip()
    key = output.splitlines()[0].strip() if output else ""
    if not key:
        raise _error(setting, words[0], msg("printed no key"))
    if len(key) > LARGEST or not key.isprintable():
        raise _error(setting, words[0], msg("did not print a valid key"))
    return Secret(key)


def _words(command: str, setting: str) -> list[str]:
    import shlex  # 1 ms, only with such a command

    try:
        words = shlex.split(command)
    except ValueError as error:
        program = command.split(maxsplit=1)[0]
        raise _error(setting, program, msg("has an unclosed quote")) from error
    if not words:
        raise ConfigError(msg("{setting} is empty", setting=setting), hint=_remedy(setting))
    return words


def _output(words: list[str], environ: Mapping[str, str], timeout: float, setting: str) -> str:
    from llmchat.system.captured_output import (  # subprocess: 3 ms, only with such a command
        TooMuch,
        run_bounded,
    )

    try:
        status, output = run_bounded(start(words, environ), most=LARGEST, timeout=timeout)
    except TimeoutError:
        what = msg("did not finish within {timeout:g} s", timeout=timeout)
        raise _error(setting, words[0], what) from None
    except TooMuch:
        raise _error(setting, words[0], msg("did not print a valid key")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or msg("unknown error")
        what = msg("failed to start: {reason}", reason=reason)
        raise _error(setting, words[0], what) from error
    if status:
        raise _error(setting, words[0], msg("exited with status {status}", status=status))
    return output.decode("utf-8-sig", errors="replace")


def _error(setting: str, program: str, what: str) -> ConfigError:
    problem = msg("{setting}: {program} {what}", setting=setting, program=program, what=what)
    return ConfigError(problem, hint=_remedy(setting))


def _remedy(setting: str) -> str:
    return msg("check --key-command") if setting == FLAG else msg("llmchat config edit")
