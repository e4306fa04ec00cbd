"""Settings: flags over environment over files over defaults, each value with its origin."""

from llmchat.settings.key_command import run_key_command
from llmchat.settings.project import find_project_file
from llmchat.settings.resolved import Settings, must_be_known
from llmchat.settings.target import Target, split_model
from llmchat.settings.values import Origin, Setting, literal

__all__ = [
    "Origin",
    "Setting",
    "Settings",
    "Target",
    "find_project_file",
    "literal",
    "must_be_known",
    "run_key_command",
    "split_model",
]
