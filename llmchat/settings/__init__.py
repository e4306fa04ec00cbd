"""Settings: flags over environment over files over defaults, each value with its origin."""

from llmchat.settings.resolved import Settings
from llmchat.settings.values import Origin, Setting, literal

__all__ = ["Origin", "Setting", "Settings", "literal"]
