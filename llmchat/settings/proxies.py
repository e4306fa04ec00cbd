"""Which proxy a provider's requests take, from our own settings and the machine's variables."""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.endpoint import Proxies
from llmchat.settings.sources import invalid
from llmchat.settings.values import Origin, Setting

SCHEMES = ("http", "https", "socks5", "socks5h")
DIRECT = "none"  # `proxy = "none"`: past the environment's proxies too


def resolve_proxies(
    named: Setting, environ: Mapping[str, str], *, is_general: bool = False
) -> Proxies:
    """`named` is the proxy of our settings; `is_general` when it is meant for all providers."""
    if named.value == DIRECT:
        return Proxies()
    url = proxy_url(named) if named.value else ""
    return Proxies(
        explicit="" if is_general else url,
        general=url if is_general else "",
        http=_from_environment(environ, "http_proxy"),
        https=_from_environment(environ, "https_proxy"),
        no_proxy=_exceptions(environ),
    )


def proxy_url(setting: Setting) -> str:
    """The address in the one form the transport knows; `socks://` means SOCKS 5."""
    text = str(setting.value).strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text  # `proxy.example:3128`, as curl reads it
    scheme = {"socks": "socks5"}.get(scheme.lower(), scheme.lower())
    if scheme not in SCHEMES or not rest.rpartition("@")[2].strip("/"):
        raise invalid(setting, f"a proxy is a {', '.join(SCHEMES)} address")
    return f"{scheme}://{rest}"


def _from_environment(environ: Mapping[str, str], name: str) -> str:
    for variable in (name, name.upper(), "all_proxy", "ALL_PROXY"):
        value = environ.get(variable, "").strip()
        cgi = variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ
        if value and not cgi:  # under CGI that name carries a header of the visitor's
            return proxy_url(Setting("proxy", value, Origin("environment", variable)))
    return ""


def _exceptions(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = environ.get("no_proxy", "").strip() or environ.get("NO_PROXY", "")
    return tuple(text.replace(",", " ").split())
