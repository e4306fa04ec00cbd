"""Settings: flags take precedence over the environment, that over files, those over defaults; each
value has its origin."""

from llmchat.settings.resolved import Settings
from llmchat.settings.values import Origin, Setting, literal

__all__ = ["Origin", "Setting", "Settings", "literal"]
