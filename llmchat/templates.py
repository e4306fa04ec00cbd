"""Prompt templates: the person's own and the built-in ones, and filling in their variables.

A template is a Markdown file. Above its text there may be front matter, which is TOML between two
lines `+++`: description, provider, model, system, options, schema, and defaults for its variables.
In the text `{{ name }}` is a variable and `{{ input }}` the prompt; nothing else is special.

Why: docs/decisions/0044-templates-are-markdown-with-toml.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmchat.errors import ConfigError, EmptyPrompt, UsageError
from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.keys import Key
from llmchat.settings.toml.document import LARGEST_OF_OTHERS, parse_document, read_text
from llmchat.settings.values import BadValue, coerced

SHIPPED = Path(__file__).parent / "data" / "templates"
SUFFIX = ".md"
FENCE = "+++"
INPUT = "input"
VARIABLE = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
GIVEN = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
LIST_HINT = msg("llmchat templates list")

KEYS = {
    key.name: key
    for key in (
        Key("description", "text", "", "one line shown in the list"),
        Key("provider", "text", "", "the provider to ask"),
        Key("model", "text", "", "MODEL or PROVIDER/MODEL"),
        Key("system", "text", "", "the system message, with variables"),
        Key("options", "table", {}, "request options"),
        Key("schema", "text", "", "what answers have to match: JSON, fields, or a file beside it"),
        Key("defaults", "texts_by", {}, "default values of variables"),
    )
}


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    body: str
    path: Path
    head: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shipped(self) -> bool:
        return self.path.parent == SHIPPED

    @property
    def description(self) -> str:
        text = str(self.head.get("description", ""))
        return msg(text) if self.shipped else text

    @property
    def schema(self) -> str:
        return str(self.head.get("schema", ""))

    @property
    def defaults(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.head.get("defaults", {})
        return found

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that can be given, in the order of the text."""
        found = VARIABLE.findall(str(self.head.get("system", "")) + "\n" + self.body)
        return tuple(name for name in dict.fromkeys(found) if name != INPUT)

    @property
    def takes_input(self) -> bool:
        return INPUT in VARIABLE.findall(self.body)

    def split(self, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """Splits words into variables and prompt: `lang=ru` is a variable if the template has
        it."""
        values: dict[str, str] = {}
        rest: list[str] = []
        for word in words:
            given = GIVEN.fullmatch(word)
            if given and given[1] in self.variables:
                values[given[1]] = given[2]
            else:
                rest.append(word)
        return values, rest

    def prompt(self, values: Mapping[str, str], *, given: str) -> str:
        """The text with its variables filled in; without `{{ input }}` the prompt is added at the
        end."""
        if self.takes_input and not given.strip():
            hint = msg("pipe text in: ... | llmchat ask -t {name}", name=self.name)
            raise EmptyPrompt(msg("template {name} needs input text", name=self.name), hint=hint)
        text = self._filled(self.body, values, given).strip("\n")
        if given.strip() and not self.takes_input:
            text = f"{text}\n\n{given}" if text.strip() else given
        if not text.strip():
            problem = msg("template {name} is empty", name=self.name)
            raise EmptyPrompt(problem, hint=_edit_hint(self.name))
        return text

    def system(self, values: Mapping[str, str]) -> str:
        return self._filled(str(self.head.get("system", "")), values, "")

    def flags(self, values: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Adds the template's settings to the command line's flags (None where not given). Flags
        take precedence over the template, and the template over environment and files."""
        own = {k: self.head[k] for k in ("provider", "model") if self.head.get(k)}
        own["system"] = self.system(values) or None
        if given.get("provider") or given.get("model"):
            own.pop("model", None)  # its model belongs to its provider
        if given.get("provider") or "/" in str(given.get("model") or ""):
            own.pop("provider", None)
        named = {key: value for key, value in given.items() if value not in (None, "")}
        options = {**self.head.get("options", {}), **(given.get("options") or {})}
        return {**given, **own, **named, "options": options}

    def _filled(self, text: str, values: Mapping[str, str], given: str) -> str:
        known = {**self.defaults, **values, INPUT: given}
        missing = [n for n in dict.fromkeys(VARIABLE.findall(text)) if n not in known]
        if missing:
            pairs = " ".join(f"{name}=..." for name in missing)
            problem = msg(
                "template {name} needs values for: {missing}",
                name=self.name,
                missing=", ".join(missing),
            )
            raise UsageError(
                problem, hint=msg("llmchat ask -t {name} {pairs}", name=self.name, pairs=pairs)
            )
        return VARIABLE.sub(lambda found: known[found[1]], text)


def find_template(name: str, folder: Path, *others: Path) -> Template:
    """The template of that name: the person's own, else a built-in one, else a plugin's."""
    path = template_file(name, folder, *others)
    try:
        return parse_template(read_text(path) or "", path)
    except ConfigError as error:
        error.hint = _edit_hint(name)
        raise


def _edit_hint(name: str) -> str:
    return msg("llmchat templates edit {name}", name=name)


def template_file(name: str, folder: Path, *others: Path) -> Path:
    """The file of that name, found in the same order."""
    own = template_path(name, folder)
    for path in (own, SHIPPED / own.name, *(other / own.name for other in others)):
        if os.path.isfile(path):  # noqa: PTH113  # a name that is too long is none
            return path
    raise UsageError(
        msg(
            "unknown template {name}{aside}",
            name=name,
            aside=aside(name, template_names(folder, *others)),
        ),
        hint=LIST_HINT,
    )


def template_names(folder: Path, *others: Path, shipped: bool = True) -> tuple[str, ...]:
    places = (folder, *((SHIPPED,) if shipped else ()), *others)
    found = {path.stem for place in places for path in _files(place)}
    return tuple(sorted(name for name in found if NAME.fullmatch(name)))


def template_path(name: str, folder: Path) -> Path:
    """The path of the person's own template of that name, which may not exist."""
    if not NAME.fullmatch(name):
        raise UsageError(msg("{name!r} is not a template name", name=name), hint=LIST_HINT)
    return folder / (name + SUFFIX)


def parse_template(text: str, path: Path) -> Template:
    """Parses a template; raises ConfigError with the line if the front matter is wrong."""
    text = text.replace("\r\n", "\n")
    first, _, rest = text.partition("\n")
    if first.rstrip() == "---" and "\n---" in rest:
        problem = msg(
            "{path}:1: front matter must be TOML between two {fence} lines, not ---",
            path=path,
            fence=FENCE,
        )
        raise ConfigError(problem)
    if first.rstrip() != FENCE:
        return Template(path.stem, text, path)
    head, closed, body = _split_head(rest)
    if not closed:
        problem = msg(
            "{path}:1: the front matter has no closing {fence} line", path=path, fence=FENCE
        )
        raise ConfigError(problem)
    return Template(path.stem, body, path, _head("\n" + head, path))


def _split_head(text: str) -> tuple[str, bool, str]:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.rstrip() == FENCE:
            return "\n".join(lines[:number]) + "\n", True, "\n".join(lines[number + 1 :])
    return text, False, ""


def _head(text: str, path: Path) -> dict[str, Any]:
    """Parses the front matter. `text` begins with an empty line in place of the fence, so that line
    numbers are right."""
    if len(text) > LARGEST_OF_OTHERS:
        raise ConfigError(msg("{path}: its front matter is too large", path=path))
    document = parse_document(text, path)
    for name, value in document.table.items():
        if name not in KEYS:
            raise document.error(
                (name,), msg("unknown key {name}{aside}", name=name, aside=aside(name, KEYS))
            )
        try:
            coerced(value, KEYS[name])
        except BadValue as error:
            raise document.error((name,), str(error)) from error
    return dict(document.table)


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
    except OSError:
        return []
