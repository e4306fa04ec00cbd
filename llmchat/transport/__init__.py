"""The one place that talks to the network: clients, TLS, proxies, time-outs, foreign errors."""

from llmchat.transport.reply import Reply
from llmchat.transport.wire import Trust, Wire

__all__ = ["Reply", "Trust", "Wire"]
