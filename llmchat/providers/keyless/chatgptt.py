"""ChatGptt: reads a nonce and a post id from its page, then sends one POST."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from llmchat.errors import (
    Blocked,
    EmptyAnswer,
    Filtered,
    LlmchatError,
    PageTokensMissing,
    ServiceError,
    TooLong,
)
from llmchat.language import msg
from llmchat.providers.formats.chat_frames import ChatReader
from llmchat.providers.formats.readers import EitherReader, WholeBody, json_object
from llmchat.providers.keyless.notices import notice_error
from llmchat.providers.keyless.website import USER_AGENT, Website
from llmchat.providers.stages import Events
from llmchat.transport.errors.status import (
    is_cloudflare,
    message_in,
    not_an_answer,
    one_line,
    refusal,
)
from llmchat.values.events import Delta, Event, Finish
from llmchat.values.messages import Request, format_prompt

SITE = "https://chatgptt.me"
HEADERS = {
    "authority": "chatgptt.me",
    "accept": "application/json",
    "origin": SITE,
    "referer": f"{SITE}/chat",
    "user-agent": USER_AGENT,
}
NONCE = re.compile(r"""data-nonce=["']([^"']+)["']""")
POST_ID = re.compile(r"""data-post-id=["']([^"']+)["']""")
LARGEST_PAGE = 4 * 1024 * 1024
STALE_PAGE = "stale_page"  # kind of an error raised before the first character of an answer
ANOTHER = msg("use another provider (llmchat models)")


def payload(request: Request, page: str) -> dict[str, str]:
    """The form to send; `page` contains the tokens that it needs."""
    nonce, post_id = NONCE.search(page), POST_ID.search(page)
    if not nonce or not post_id:
        raise PageTokensMissing(
            msg("Required authentication tokens not found in page HTML"),
            hint=msg("the site has changed or blocks programs; {another}", another=ANOTHER),
        )
    return {
        "_wpnonce": nonce[1],
        "post_id": post_id[1],
        "url": SITE,
        "action": "wpaicg_chat_shortcode_message",
        "message": format_prompt(request.messages),
        "bot_id": "0",
        "chatbot_identity": "shortcode",
        "wpaicg_chat_client_id": secrets.token_hex(5),
        "wpaicg_chat_history": "[]",
    }


class JsonReader(WholeBody):
    """Reads `{"status": "success", "data": "..."}`, or the error."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self._model = model

    def answer(self, body: bytes) -> Iterator[Event]:
        data = json_object(body)
        if data is None:
            raise helper_error(body) or not_an_answer(body[:4096], "")
        if data.get("status") != "success":
            raise error_in(data)
        text = data.get("data")
        if not isinstance(text, str) or not text:
            raise EmptyAnswer(msg("the service sent an empty answer"), hint=ANOTHER)
        yield Delta(text)
        yield Finish("stop", self._model)


class PluginReader(ChatReader):
    """Reads the stream mode: OpenAI's frames, older ones with `text`, and errors of the plugin."""

    always_names_reasons = False  # [DONE] without a reason is an end as well

    def error_in(self, data: dict[str, Any], event: str) -> LlmchatError | None:
        flagged = any(data.get(flag) for flag in FLAGS)
        failed = flagged or data.get("error") or data.get("status") == "error"
        return error_in(data) if failed or (data.get("msg") and not data.get("choices")) else None

    def choice(self, choice: dict[str, Any]) -> tuple[dict[str, Any], str]:
        details = choice.get("finish_details")
        reason = choice.get("finish_reason") or (
            details.get("type") if isinstance(details, dict) else None
        )
        said = choice.get("delta") or {"content": choice.get("text")}
        return said if isinstance(said, dict) else {}, str(reason or "")


FLAGS: dict[str, tuple[type[LlmchatError], str]] = {
    "tokenLimitReached": (TooLong, msg("shorten the prompt")),
    "messageFlagged": (Filtered, msg("rephrase your question")),
    "modflag": (Filtered, msg("rephrase your question")),
    "ipBanned": (Blocked, msg("try another network or --proxy, or {another}", another=ANOTHER)),
    "pineconeError": (ServiceError, ANOTHER),
}


def error_in(data: dict[str, Any]) -> LlmchatError:
    said = one_line(message_in(data)) or msg("no reason given")
    for flag, (cls, hint) in FLAGS.items():
        if data.get(flag):
            return cls(said, hint=hint, status=200)
    return notice_error("chatgptt", said) or ServiceError(
        msg("the service failed: {said}", said=said), hint=ANOTHER
    )


def helper_error(body: bytes) -> LlmchatError | None:
    """The error behind WordPress's replies of one character."""
    match body.strip():
        case b"0":
            return ServiceError(msg("the site no longer supports this request"), hint=ANOTHER)
        case b"-1":
            return Blocked(msg("the site rejected its own nonce (-1)"), hint=msg("try again"))
    return None


class ChatGptt(Website):
    name = "chatgptt"
    label = "ChatGptt"
    url = SITE
    base_url = SITE
    api_endpoint: ClassVar[str] = f"{SITE}/wp-admin/admin-ajax.php"
    operator = msg("an unknown operator (chatgptt.me)")
    caveat = msg("probably refuses programs")
    default_model = "gpt-4o"
    models = ("gpt-4", "gpt-4o", "gpt-4o-mini")

    async def exchange(self, request: Request) -> Events:
        """Asks with the nonce of the page. The page may come from a cache with an expired nonce,
        which the site refuses; then it is fetched again, once."""
        for is_last in (False, True):
            try:
                async with aclosing(self._answer(request)) as events:
                    async for event in events:
                        yield event
                return
            except Blocked as error:
                if is_last or error.code != STALE_PAGE:
                    raise

    async def _answer(self, request: Request) -> Events:
        page = await self._visit()  # the client keeps the page's cookies
        events = self.answered(
            "/wp-admin/admin-ajax.php",
            EitherReader(PluginReader(request.model), JsonReader(request.model)),
            headers=HEADERS,
            form=payload(request, page),
        )
        async with aclosing(events):
            async for event in events:
                yield event

    async def _visit(self) -> str:
        async with self.wire.send("GET", f"{self.base}/", headers=HEADERS) as reply:
            await self.refuse(reply)
            body = await reply.whole(LARGEST_PAGE)
            if is_cloudflare(reply.headers, body):
                raise refusal(403, reply.headers, body)
        return body.decode("utf-8", "replace")

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        return helper_error(body) or super().explain(status, headers, body)
