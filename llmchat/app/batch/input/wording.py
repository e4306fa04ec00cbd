"""Makes the text of each row from the template of `-t` and the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmchat.app.setup.templates import template_places
from llmchat.templates import Template, find_template

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.inputs.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of the rows: `values` apply to all of them; the words are a template themselves."""

    template: Template | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    words: Template | None = None

    @classmethod
    def of(cls, context: Context, words: Sequence[str]) -> Wording:
        """Splits the words: `name=value` is a variable if the template has it, others are
        prompt."""
        name = context.settings.text("template")
        template = find_template(name, *template_places(context)) if name else None
        values, rest = template.split(words) if template else ({}, list(words))
        own = Template("of the command line", " ".join(rest), Path()) if rest else None
        return cls(template, values, own)

    def flags(self, given: Mapping[str, object]) -> dict[str, Any]:
        """Adds the template's settings to the command line's flags; its system message may differ
        from row to row."""
        if self.template is None:
            return dict(given)
        head = {key: value for key, value in self.template.head.items() if key != "system"}
        return replace(self.template, head=head).flags({}, given)

    @property
    def variables(self) -> frozenset[str]:
        templates = filter(None, (self.template, self.words))
        return frozenset(name for template in templates for name in template.variables)

    def text(self, prompt: Prompt, fields: Mapping[str, str]) -> str:
        given = "" if prompt.is_empty else prompt.text
        if self.words:
            given = self.words.prompt(fields, given=given)
        if self.template:
            given = self.template.prompt({**fields, **self.values}, given=given)
        return given

    def system(self, fields: Mapping[str, str]) -> str:
        return self.template.system({**fields, **self.values}) if self.template else ""
