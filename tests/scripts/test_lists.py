"""Every other `--json`: what it prints fits its schema, and a failure has its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.scripts.conftest import SCHEMAS, fits
from tests.shell import Shell

SUCCESSES = {
    "models": ("models",),
    "health": ("models", "--health"),
    "history-list": ("history", "list"),
    "history-show": ("history", "show", "last"),
    "history-search": ("history", "search", "monad"),
    "history-stats": ("history", "stats"),
    "auth-status": ("auth", "status"),
    "config-list": ("config", "list"),
    "templates-list": ("templates", "list"),
    "doctor": ("doctor", "demo"),
}


@pytest.fixture
def lived_in(llmchat: Shell) -> Shell:
    """A home with something of everything in it."""
    llmchat.environ |= {"LLMCHAT_OPENAI_API_KEY": "sk-of-a-test-0123456789"}
    (llmchat.home / "config.toml").write_text(
        '# mine\ntheme = "dark"\n[aliases]\nfast = "gigachat/GigaChat-2"\n'
        '[providers.box]\nbase_url = "http://127.0.0.1:1/v1"\n'
    )
    (llmchat.home / "config.toml").chmod(0o600)
    llmchat("ask", "-p", "demo", "What is a monad?")
    llmchat("ask", "-p", "openai", "-m", "m", "Is anybody there, monad?")
    return llmchat


@pytest.mark.parametrize("name", SUCCESSES)
def test_what_is_printed_fits_its_schema(lived_in: Shell, name: str) -> None:
    result = lived_in(*SUCCESSES[name], "--json")
    assert result.code == 0
    assert result.json
    assert fits(name, result.json)


@pytest.mark.parametrize("argv", [("--by", "model"), ("--days", "2"), ("--by", "provider")])
def test_grouped_stats_fit_their_schema(lived_in: Shell, argv: tuple[str, ...]) -> None:
    assert fits("history-stats", lived_in("history", "stats", *argv, "--json").json)


def test_what_an_import_added_and_skipped_fits_its_schema(llmchat: Shell) -> None:
    good = {"role": "user", "created": 1.7e9, "text": "good"}
    rows = {"id": "abc", "messages": [good, {**good, "created": 1e18}]}, {"messages": 7}
    (llmchat.home / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = llmchat("history", "import", "x.jsonl", "--json").json
    assert fits("history-import", found)
    assert found[0] | {"skipped": 2, "messages": 1, "file": "x.jsonl"} == found[0]


def test_a_doctor_that_finds_something_fits_its_schema(lived_in: Shell) -> None:
    (lived_in.home / "config.toml").write_text("modle = 1\n")
    result = lived_in("doctor", "demo", "--json")
    assert result.code == 3
    assert fits("doctor", result.json)
    assert result.json["counts"]["failed"] == 1


def test_every_schema_is_tried() -> None:
    names = {path.name.removesuffix(".v1.json") for path in SCHEMAS.glob("*.json")}
    tools = {"tools-list", "tools-show", "tools-test", "tools-run", "plugins-list"}
    own = {
        "ask",
        "ask-event",
        "ask-vs",
        "batch",
        "files-list",
        "history-import",
        "models-local",
        "serve-log",
        *tools,
    }  # which have their own tests
    assert names == {*SUCCESSES, *own}


def test_every_schema_names_its_dialect_and_version() -> None:
    for path in SCHEMAS.glob("*.json"):
        found = json.loads(path.read_text("utf-8"))
        assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert found["$id"] == f"urn:llmchat:{path.name.removesuffix('.v1.json')}:1"


@pytest.mark.parametrize(
    ("argv", "code", "out"),
    [
        (("models", "gigchat"), 2, ""),
        (("models", "--nope"), 2, ""),
        (("history", "list", "--limit", "x"), 2, ""),
        (("history", "show", "nothing-like-it"), 11, ""),
        (("history", "search", "zzzz"), 11, "[]\n"),
        (("auth", "status"), 4, "[]\n"),
        (("config", "get", "theem"), 2, ""),
        (("doctor", "nope"), 2, ""),
    ],
)
def test_a_failure_is_told_by_stderr_and_the_exit_code(
    llmchat: Shell, argv: tuple[str, ...], code: int, out: str
) -> None:
    result = llmchat(*argv, "--json")
    assert (result.code, result.out) == (code, out)
    assert result.err.startswith("llmchat: ")


def test_a_broken_file_ends_every_list_that_needs_it(llmchat: Shell) -> None:
    (llmchat.home / "config.toml").write_text("modle = 1\n")
    for argv in (("models",), ("config", "list"), ("auth", "status")):
        result = llmchat(*argv, "--json")
        assert (result.code, result.out) == (3, "")
        assert "config.toml:1: unknown key modle (did you mean model?)" in result.err


def test_models_know_windows_aliases_and_yours(lived_in: Shell) -> None:
    rows = {row["model"]: row for row in lived_in("models", "gigachat", "--json").json}
    assert rows["GigaChat-2"]["context"] == 128_000
    assert rows["GigaChat-2"]["default"]
    assert {"GigaChat:latest", "fast"} <= set(rows["GigaChat-2"]["aliases"])


def test_a_list_of_a_service_is_kept_with_its_age(lived_in: Shell) -> None:
    listed = {"data": [{"id": "gpt-4o"}, {"id": "llama-3.3-70b"}]}
    lived_in.answer = lambda request: httpx.Response(200, json=listed)
    assert lived_in("models", "openai", "--refresh").code == 0
    rows = lived_in("models", "openai", "--json").json
    assert fits("models", rows)
    assert {row["model"] for row in rows} == {"gpt-4o", "llama-3.3-70b"}
    assert all(row["age"] is not None and row["age"] < 60 for row in rows)
    assert "Fetched from the service " in lived_in("models", "openai").out
    assert " old)" in lived_in("models").out
    assert "Without -m the first model listed is used." in lived_in("models", "openai").out


def test_a_mistyped_model_is_doubted_and_sent_as_it_is(lived_in: Shell) -> None:
    listed = {"data": [{"id": "llama-3.3-70b"}, {"id": "qwen3:8b"}]}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append(json.loads(request.content)["model"])
        return httpx.Response(200, json=listed)

    lived_in.answer = answer
    lived_in("models", "openai", "--refresh")
    doubted = lived_in("ask", "-p", "openai", "-m", "llama-3.3-7b", "hi")
    assert (
        "llama-3.3-7b is not in the model list of openai (did you mean llama-3.3-70b?)"
        in doubted.err
    )
    for known in ("llama-3.3-70b", "qwen3", "something-quite-else"):
        assert "did you mean" not in lived_in("ask", "-p", "openai", "-m", known, "hi").err
    assert asked == ["llama-3.3-7b", "llama-3.3-70b", "qwen3", "something-quite-else"]


def test_a_service_that_gives_no_list_is_named_and_the_known_ones_stay(lived_in: Shell) -> None:
    result = lived_in("models", "openai", "--refresh")
    assert (result.code, result.out[:5]) == (5, "model")
    assert result.err.startswith("llmchat: ")


def test_nobody_is_asked_for_a_list_without_a_key(llmchat: Shell) -> None:
    result = llmchat("models", "--refresh")
    assert (result.code, result.err) == (
        0,
        "nothing to refresh: no key and no local server is set up\n",
    )


def test_the_document_names_every_schema() -> None:
    text = (SCHEMAS.parent / "json.md").read_text("utf-8")
    assert all(f"schema/{path.name}" in text for path in Path(SCHEMAS).glob("*.json"))
