"""The system keyring, through the optional package `keyring` in a separate process: it is killed if
it waits too long to be unlocked, and other runs do not pay for the import
(docs/decisions/0056-keyring-in-a-process.md)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.programs import start
from llmchat.values.secret import Secret

SERVICE = "llmchat"
LARGEST = 65_536  # bytes of a key, or of the traceback of a failing keyring
PATIENCE = 20.0  # seconds; the person may have to type the keyring's password
# The flags of -I, except that the person's own packages are allowed if they are for us: `-m` alone
# would import a `keyring.py` in the current folder, and give it the key.
ISOLATED = ("-E", "-P", *(("-s",) if sys.flags.no_user_site else ()))
COMMAND = (sys.executable, *ISOLATED, "-X", "utf8", "-m", "keyring")
NO_BACKEND = "NoKeyringError"
ERROR = re.compile(r"[\w.]{0,99}(?:Error|Exception|Locked)(?=:|$)", re.ASCII)
NOT_INSTALLED = "No module named keyring"  # as `-m` says it; the name of a backend would be quoted


class Keyring:
    """Keys by provider name. A key travels through pipes, never through argv."""

    def __init__(self, command: Sequence[str] = COMMAND, *, patience: float = PATIENCE) -> None:
        self._command = tuple(command)
        self._patience = patience

    def get(self, provider: str) -> Secret | None:
        code, out, complaint = self._run("get", provider)
        if code and complaint:
            raise _failed(complaint, _name(complaint))
        key = out.removesuffix("\n").removesuffix("\r")
        if not key.isprintable():  # a backend that prints other text, or another program's value
            raise _odd()
        return Secret(key) if not code and key.strip() else None

    def put(self, provider: str, key: Secret) -> None:
        code, _, complaint = self._run("set", provider, key.reveal())
        if code:
            raise _failed(complaint, complaint.splitlines()[-1:])
        try:
            self._check_kept(provider, key)
        except StorageError:
            with suppress(StorageError):  # nothing would look for it there
                self.remove(provider)
            raise

    def remove(self, provider: str) -> None:
        """Removes a key; one that is already gone is not an error."""
        code, _, _ = self._run("del", provider)
        if code and self.get(provider):
            raise StorageError(
                msg("the system keyring did not delete the key for {provider}", provider=provider),
                hint=msg("delete it with the keyring's own program, then try again"),
            )

    def _check_kept(self, provider: str, key: Secret) -> None:
        kept = self.get(provider)
        if kept is None:  # a keyring that is turned off accepts everything
            raise StorageError(msg("the system keyring does not store anything"), hint=_without())
        if kept != key:
            raise _odd()

    def _run(self, action: str, provider: str, typed: str = "") -> tuple[int, str, str]:
        # subprocess: 3 ms, only with a keyring
        from llmchat.system.captured_output import TooMuch, exchange

        command = [*self._command, action, SERVICE, provider]
        try:
            code, out, complaint = exchange(
                start(command, os.environ), typed.encode(), most=LARGEST, timeout=self._patience
            )
        except TimeoutError:
            raise StorageError(
                msg(
                    "the system keyring did not answer within {patience:g} s",
                    patience=self._patience,
                ),
                hint=msg(
                    "unlock it, or run llmchat auth {provider} without --keyring", provider=provider
                ),
            ) from None
        except TooMuch:
            raise _odd() from None
        except OSError as error:
            raise _failed("", [str(error)]) from error
        return code, _text(out), _text(complaint).strip()


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")


def _odd() -> StorageError:
    return StorageError(
        msg("the system keyring did not return the key that was stored"), hint=_without()
    )


def _without() -> str:
    return msg("run llmchat auth NAME without --keyring")


def _name(complaint: str) -> list[str]:
    """The name of the exception at the end of a traceback. Its text is not repeated: a keyring may
    quote the key in it, which is not known yet and would not be masked."""
    return [found[0] for line in complaint.splitlines()[-1:] if (found := ERROR.match(line))]


def _failed(complaint: str, said: list[str]) -> StorageError:
    """The error, from the last line of stderr; the lines before it are a traceback."""
    if NOT_INSTALLED in complaint:
        return StorageError(
            msg("the keyring package is not installed"),
            hint=msg("pip install 'llmchat-cli[keyring]'"),
        )
    if NO_BACKEND in complaint:
        return StorageError(
            msg("this system has no keyring that the keyring package can use"),
            hint=_without(),
        )
    last = said[0] if said else msg("no reason given")
    return StorageError(msg("the system keyring refused: {last}", last=last), hint=_without())
