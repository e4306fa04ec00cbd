"""The options of `llmchat chat` that are not settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Options of a session; `cid` names a saved conversation, `resume` lets the person choose
    one."""

    words: tuple[str, ...] = ()
    continued: bool = False
    cid: str = ""
    resume: bool = False
    allow_secrets: bool = False
    tools: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    max_rounds: int | None = None

    @property
    def ref(self) -> str:
        """The conversation to continue; "" starts a new one."""
        return self.cid or ("last" if self.continued else "")
