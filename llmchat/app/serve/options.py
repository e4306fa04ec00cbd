"""The options of `llmchat serve`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from llmchat.errors import UsageError
from llmchat.language import msg

DEFAULT_PORT = 8642
# In the form that browsers send: without a path.
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s*]+")


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """`providers` are those that may be asked; empty for those that are set up."""

    providers: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    key_file: str = ""
    no_key: bool = False
    origins: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    save: bool = False
    jsonl_log: str = ""

    def check(self) -> None:
        if self.no_key and self.key_file:
            raise UsageError(
                msg("--no-key and --key-file exclude each other"), hint=msg("use one of them")
            )
        if self.no_key and not self.is_loopback:
            raise UsageError(
                msg("--host {host} is open to other computers, and needs a key", host=self.host),
                hint=msg("omit --no-key, or omit --host"),
            )
        for origin in self.origins:
            if not ORIGIN.fullmatch(origin):
                problem = msg("--origin takes a scheme and a host, not {origin}", origin=origin)
                raise UsageError(problem, hint=msg("--origin http://host"))

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
