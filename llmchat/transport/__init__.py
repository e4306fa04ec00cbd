"""HTTP: clients, TLS, proxies, time-outs, and the translation of network errors."""

from llmchat.transport.reply import Reply
from llmchat.transport.wire import Trust, Wire

__all__ = ["Reply", "Trust", "Wire"]
