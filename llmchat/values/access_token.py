"""The short-lived access token that a key of GigaChat buys."""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.values.secret import Secret


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A short-lived token for a key; `clock_offset` is the service's clock minus ours, in seconds,
    when the token was requested."""

    secret: Secret
    expires_at: float  # seconds since 1970 by the service's clock
    clock_offset: float = 0.0

    def seconds_left(self, now: float) -> float:
        """The seconds until it expires; `now` is by our clock, which is corrected by
        `clock_offset`."""
        return self.expires_at - (now + self.clock_offset)
