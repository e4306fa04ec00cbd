"""Makes an API call with a valid token, renewing an expired one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from llmchat.errors import LlmchatError, Timeout
from llmchat.language import msg
from llmchat.providers.gigachat.auth.sign_in import Tokens
from llmchat.providers.gigachat.errors import api_refusal
from llmchat.transport import Reply, Wire
from llmchat.transport.reply import LONGEST_DOCUMENT
from llmchat.values.access_token import AccessToken


class Api:
    """The API below the address `base`."""

    def __init__(self, base: str, wire: Wire, tokens: Tokens, *, patience: float) -> None:
        self.base = base
        self.tokens = tokens
        self._wire = wire
        self._patience = patience

    async def document(
        self,
        method: str,
        path: str,
        *,
        patience: float = 0,
        limit: int = LONGEST_DOCUMENT,
        **content: Any,
    ) -> tuple[bytes, str]:
        """The body and the content type of a reply."""
        patience += self._patience
        try:
            async with asyncio.timeout(patience), self.call(method, path, **content) as reply:
                return await reply.whole(limit), reply.content_type
        except TimeoutError:
            raise Timeout(
                msg("no reply to {path} within {patience:.0f} s", path=path, patience=patience),
                hint=msg("try again, or run llmchat doctor"),
            ) from None

    @asynccontextmanager
    async def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> AsyncGenerator[Reply]:
        """The reply to a call; raises an error for a refusal."""
        request_id = str(uuid.uuid4())
        sent = {"Accept": "application/json", "X-Request-ID": request_id, **(headers or {})}
        if "json" in content:
            sent["Content-Type"] = "application/json"
        url = self.base + path
        token = await self.tokens.token()
        try:
            for renews in (True, False):
                signed = _signed(sent, token)
                async with self._wire.send(method, url, headers=signed, **content) as reply:
                    if reply.status != 401 or token is None or not renews:
                        await _refuse(reply)
                        yield reply
                        return
                token = await self.tokens.token(refused=token)
        except LlmchatError as error:
            error.request_id = error.request_id or request_id
            raise


async def _refuse(reply: Reply) -> None:
    if not 200 <= reply.status < 300:
        raise api_refusal(reply.status, reply.headers, await reply.start())


def _signed(headers: Mapping[str, str], token: AccessToken | None) -> dict[str, str]:
    if token is None:
        return dict(headers)
    return {**headers, "Authorization": f"Bearer {token.secret.reveal()}"}
