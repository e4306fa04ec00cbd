"""Lists templates, and fills one in with words of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmchat.app.run.bare_context import BareContext
from llmchat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from llmchat.templates import Template


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A template, the values of its variables, and the remaining words."""

    template: Template
    values: dict[str, str]
    words: list[str]

    @property
    def needs_text(self) -> bool:
        """Whether it is empty without a prompt."""
        return self.template.takes_input or not self.template.body.strip()

    def prompt(self, text: str) -> str:
        return self.template.prompt(self.values, given=text)

    def flags(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Adds the template's settings to the command line's flags."""
        return self.template.flags(self.values, given)


def fill_template(context: BareContext, name: str, words: Sequence[str]) -> FilledTemplate:
    """Reads a template; `words` may be values (`name=value`) and the prompt."""
    from llmchat.templates import find_template  # its patterns take 1 ms

    template = find_template(name, *template_places(context))
    return FilledTemplate(template, *template.split(words))


def template_places(context: BareContext) -> tuple[Path, ...]:
    """The person's own folder, and those of enabled plugins."""
    if not context.resources.plugins:
        return (context.paths.templates,)
    from llmchat.app.setup.plugins import template_folders  # only if one is enabled

    return (context.paths.templates, *template_folders(context))


def list_templates(context: BareContext) -> tuple[list[Template], list[ConfigError]]:
    """The templates that can be read, and the errors of the others."""
    from llmchat.templates import find_template, template_names  # as above

    found: list[Template] = []
    broken: list[ConfigError] = []
    places = template_places(context)
    for name in template_names(*places):
        try:
            found.append(find_template(name, *places))
        except ConfigError as error:
            broken.append(error)
    return found, broken
