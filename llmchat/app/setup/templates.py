"""Lists templates, and fills one in with the words given."""

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
    """A template, the values of its variables, and the words that are none."""

    template: Template
    values: dict[str, str]
    words: list[str]

    @property
    def needs_text(self) -> bool:
        """It says nothing by itself."""
        return self.template.takes_input or not self.template.body.strip()

    def prompt(self, text: str) -> str:
        return self.template.prompt(self.values, given=text)

    def flags(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The command line's flags with what the template adds."""
        return self.template.flags(self.values, given)


def fill_template(context: BareContext, name: str, words: Sequence[str]) -> FilledTemplate:
    """`words` may be values (`name=value`) and the text itself."""
    from llmchat.templates import find_template  # its patterns cost 1 ms

    template = find_template(name, *template_places(context))
    return FilledTemplate(template, *template.split(words))


def template_places(context: BareContext) -> tuple[Path, ...]:
    """The person's own folder, and those of the plugins that are enabled."""
    if not context.resources.plugins:
        return (context.paths.templates,)
    from llmchat.app.setup.plugins import template_folders  # only where one is enabled

    return (context.paths.templates, *template_folders(context))


def list_templates(context: BareContext) -> tuple[list[Template], list[ConfigError]]:
    """All that can be read, and what is wrong with the others."""
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
