"""The keywords of the Python interface that say how a service is reached, as an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmchat.endpoint import Deadlines, Endpoint, Proxies
from llmchat.secret import Secret

ENDPOINT_KEYWORDS = frozenset(
    {"api_key", "base_url", "auth_url", "scope", "ca_bundle", "headers", "allow_http", "retries"}
    | {"timeout", "connect_timeout", "first_token_timeout", "stall_timeout", "content_timeout"}
)


def endpoint_of(options: Mapping[str, Any], proxy: str | None) -> Endpoint:
    """The endpoint that keywords describe; never the environment."""
    key = options.get("api_key")
    known = ("base_url", "auth_url", "scope", "ca_bundle", "headers", "allow_http", "retries")
    return Endpoint(
        **{name: options[name] for name in known if options.get(name) is not None},
        api_key=key if isinstance(key, Secret) or not key else Secret(str(key)),
        proxies=Proxies(explicit=proxy or ""),
        deadlines=_deadlines(options),
    )


def _deadlines(options: Mapping[str, Any]) -> Deadlines:
    names = {"timeout": "total"} | {
        f"{name}_timeout": name for name in ("connect", "first_token", "stall", "content")
    }
    return Deadlines(
        **{field: float(options[k]) for k, field in names.items() if options.get(k) is not None}
    )
