"""`ask --dry-run`: shows the request that would be sent, to whom, and its size.

The provider builds it as usual, on a network that sends nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmchat.app.ask.candidates import is_signed_in
from llmchat.app.run.streams import is_terminal, open_stdout
from llmchat.inputs.prompt import PromptSource
from llmchat.inputs.tokens import estimate_tokens
from llmchat.language import msg, msg_n
from llmchat.providers import access_of, kind_of, load
from llmchat.transport.dry_run import DryRunNetwork, WouldSend, body_of
from llmchat.values.events import Event, Notice
from llmchat.values.messages import Request
from llmchat.values.secret import MASK, Mask, Secret, tells_secret
from llmchat.values.urls import masked_url

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import PromptDraft
    from llmchat.app.run.context import Context
    from llmchat.providers.base import Provider
    from llmchat.providers.stages import Events
    from llmchat.values.endpoint import Endpoint

STAND_IN = Secret(MASK)
UNFETCHED = "(the text of this page, which is fetched when the question is sent)"
DATA_URL = re.compile(r"(data:[\w/.+-]+;base64,)([\w+/=]{64,})")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What would be sent; the demo has no address and sends nothing."""

    provider: str
    model: str
    tokens: int
    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None


def unfetched(draft: PromptDraft) -> PromptDraft:
    """The draft with a placeholder for each page, because fetching a page tells its server."""
    sources = tuple(
        s if s.text is not None else PromptSource(masked_url(s.name), UNFETCHED)
        for s in draft.prompt.sources
    )
    return replace(draft, prompt=replace(draft.prompt, sources=sources))


class DryRun:
    """An answerer that shows the request instead of sending it."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self.id = name
        self._network = DryRunNetwork()
        self._request: Request | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self._request = request
        provider = self._provider()
        async with provider:
            ready = provider.prepare(request)
            self._request = ready
            if provider.access == "offline":
                raise WouldSend
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    yield event

    async def aclose(self) -> None:
        """Does nothing; required by `Answerer`."""

    async def show(self, events: Events, *, json: bool) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Notice):
                        self._context.report.notice(event.text)
        except WouldSend:
            self._print(self._outgoing(), json=json)

    def _provider(self) -> Provider:
        if self.id == "local":
            from llmchat.app.local import open_local  # only for a model on this machine

            return open_local(self._context, self._endpoint(), http=self._network)
        kind = kind_of(self.id)
        return kind(self._endpoint(), name=self.id, http=self._network)

    def _endpoint(self) -> Endpoint:
        """The endpoint with a placeholder as the key: no command, keyring or service is asked for
        the real one."""
        endpoint = replace(self._context.settings.endpoint(self.id), client=None)
        for secret in endpoint.secrets:
            self._context.world.conceal(secret)
        if self.id == "gigachat":
            return replace(endpoint, api_key=None, access_token=STAND_IN)
        if endpoint.api_key or access_of(self.id) == "key" or is_signed_in(self._context, self.id):
            return replace(endpoint, api_key=STAND_IN)
        return endpoint

    def _outgoing(self) -> Outgoing:
        ready, sent = self._request, self._network.question
        assert ready is not None
        tokens = sum(estimate_tokens(message.text) for message in ready.messages)
        if sent is None:
            said = [{"role": m.role, "content": m.text} for m in ready.messages]
            return Outgoing(self.id, ready.model, tokens, body={"messages": said})
        body = _shortened(body_of(sent))
        model = ready.model or (str(body.get("model", "")) if isinstance(body, dict) else "")
        headers = {name: _masked(name, value) for name, value in sent.headers.items()}
        url = masked_url(str(sent.url))
        return Outgoing(self.id, model, tokens, sent.method, url, headers, body)

    def _print(self, outgoing: Outgoing, *, json: bool) -> None:
        from json import dumps  # 4 ms, only for a dry run

        context = self._context
        mask = Mask(context.world.secrets)
        if json:
            context.print(mask(dumps(asdict(outgoing))))
            return
        self._introduce(outgoing)
        head = [f"{outgoing.method} {outgoing.url}"] if outgoing.url else []
        head += [f"{name}: {value}" for name, value in outgoing.headers.items()]
        body = dumps(outgoing.body, ensure_ascii=False, indent=2)
        text = mask("\n".join([*head, *([""] if head else []), body]))
        if is_terminal(open_stdout(context.world.stdout)):
            from llmchat.render.clean import clean

            text = clean(text)
        context.print(text)

    def _introduce(self, outgoing: Outgoing) -> None:
        """Says who would get the request."""
        report, name = self._context.report, self.id
        whom = f"{name}/{outgoing.model}" if outgoing.model else name
        tokens = msg_n("{n} token", "{n} tokens", outgoing.tokens)
        lines = [msg("not sent: about {tokens} for {whom}", tokens=tokens, whom=whom)]
        if self._request and self._request.tools:
            names = ", ".join(tool.name for tool in self._request.tools)
            lines.append(msg("tools: {tools}", tools=names))
        match access_of(name):
            case "keyless":
                who = load(name).operator
                told = msg("{name} is run by {operator}, who can read it", name=name, operator=who)
                lines.append(told)
            case "offline":
                lines.append(msg("{name} answers on this machine and sends nothing", name=name))
            case "key" if not is_signed_in(self._context, name):
                told = msg(
                    "you are not signed in to {name}; sign in with: llmchat auth {name}", name=name
                )
                lines.append(told)
        for line in lines:
            report.notice(line)


def _masked(name: str, value: str) -> str:
    """Masks the value of a header that is a secret: `Bearer ***`."""
    if not value or name == "authority":  # this one only repeats the address
        return value
    scheme, gap, _ = value.rpartition(" ")
    return f"{scheme}{gap}{MASK}" if tells_secret(name) else value


def _shortened(value: Any) -> Any:
    """The request's JSON with files replaced by their size."""
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    if isinstance(value, str):
        return DATA_URL.sub(lambda m: f"{m[1]}({len(m[2])} characters)", value)
    return value
