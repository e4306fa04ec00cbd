"""Who is asked: provider and model from several sources, aliases, names with slashes."""

from __future__ import annotations

from typing import Protocol

import pytest

from llmchat.errors import ConfigError, UsageError
from llmchat.settings import Settings
from llmchat.settings.target import split_model


class Load(Protocol):
    def __call__(self, *args: object, **kwargs: object) -> Settings: ...


def chosen(settings: Settings) -> tuple[str, str]:
    target = settings.target()
    return target.provider, target.model


MINE = "provider = 'gigachat'\nmodel = 'GigaChat-2-Max'\n"


@pytest.mark.parametrize(
    ("config", "environ", "flags", "expected"),
    [
        ("", {}, {}, ("auto", "")),
        (MINE, {}, {}, ("gigachat", "GigaChat-2-Max")),
        (MINE, {}, {"model": "GigaChat-2"}, ("gigachat", "GigaChat-2")),
        (MINE, {}, {"provider": "demo"}, ("demo", "")),
        (MINE, {}, {"provider": "gigachat"}, ("gigachat", "GigaChat-2-Max")),
        (MINE, {}, {"provider": "auto"}, ("auto", "")),
        (MINE, {}, {"model": "yqcloud/gpt-4"}, ("yqcloud", "gpt-4")),
        (MINE, {"LLMCHAT_PROVIDER": "demo"}, {}, ("demo", "")),
        (MINE, {"LLMCHAT_MODEL": "GigaChat-2"}, {}, ("gigachat", "GigaChat-2")),
        (
            MINE,
            {"LLMCHAT_MODEL": "demo/demo"},
            {"provider": "gigachat"},
            ("gigachat", "GigaChat-2-Max"),
        ),
        (MINE, {"LLMCHAT_GIGACHAT_MODEL": "X"}, {}, ("gigachat", "X")),
        (MINE + "[providers.gigachat]\nmodel = 'B'\n", {}, {}, ("gigachat", "B")),
        ("[providers.demo]\nmodel = 'B'\n", {}, {"provider": "demo"}, ("demo", "B")),
        ("[providers.demo]\nmodel = 'demo/B'\n", {}, {"provider": "demo"}, ("demo", "B")),
        ("model = 'X'\n", {}, {}, ("auto", "X")),
        ("model = 'X'\n", {}, {"provider": "demo"}, ("demo", "")),
        ("model = 'demo/X'\n", {}, {"provider": "demo"}, ("demo", "X")),
        ("", {}, {"model": "meta-llama/llama-3"}, ("auto", "meta-llama/llama-3")),
        ("", {}, {"model": "openai/gpt-4o"}, ("openai", "gpt-4o")),
        (
            "",
            {},
            {"model": "openai/gpt-4o", "provider": "openrouter"},
            ("openrouter", "openai/gpt-4o"),
        ),
        ("", {}, {"model": "demo/demo", "provider": "demo"}, ("demo", "demo")),
        ("", {}, {"model": "demo/demo", "provider": "auto"}, ("demo", "demo")),
        ("", {}, {"model": "demo/"}, ("auto", "demo/")),
        ("[aliases]\nfast = 'demo/quick'\n", {}, {"model": "fast"}, ("demo", "quick")),
        ("model = 'fast'\n[aliases]\nfast = 'demo/quick'\n", {}, {}, ("demo", "quick")),
        (
            MINE + "[aliases]\nfast = 'GigaChat-2'\n",
            {},
            {"model": "fast"},
            ("gigachat", "GigaChat-2"),
        ),
    ],
)
def test_provider_and_model_are_chosen_together(
    load: Load,
    config: str,
    environ: dict[str, str],
    flags: dict[str, str],
    expected: tuple[str, str],
) -> None:
    assert chosen(load(config, environ, **flags)) == expected


def test_a_model_for_now_goes_to_the_provider_that_a_flag_names(load: Load) -> None:
    """Unless it stands beside another provider, or that provider knows its own models only."""
    now = {"LLMCHAT_MODEL": "m1"}
    assert chosen(load("", now, provider="ollama")) == ("ollama", "m1")
    assert chosen(load("", now, provider="demo")) == ("demo", "")
    elsewhere = now | {"LLMCHAT_PROVIDER": "openai"}
    assert chosen(load("", elsewhere, provider="ollama")) == ("ollama", "")
    assert chosen(load("model = 'm1'\n", {}, provider="ollama")) == ("ollama", "")


def test_a_target_knows_where_it_comes_from(load: Load) -> None:
    target = load(MINE, model="GigaChat-2").target()
    assert str(target.provider_origin) == "config.toml line 1"


def test_a_projects_model_is_asked_at_the_persons_provider(load: Load) -> None:
    assert chosen(load(MINE, project="model = 'GigaChat-2'\n")) == ("gigachat", "GigaChat-2")
    settings = load(MINE, project="model = 'GigaChat-2'\n", provider="gigachat")
    assert chosen(settings) == ("gigachat", "GigaChat-2")


def test_a_clone_does_not_send_prompts_to_a_third_party(load: Load) -> None:
    settings = load(MINE, project="model = 'yqcloud/gpt-4'\n")
    assert chosen(settings) == ("gigachat", "GigaChat-2-Max")
    assert settings.warnings[0].endswith(
        ".llmchat.toml:1: a project file cannot choose yqcloud, a third-party service; ignored"
    )


def test_a_project_may_choose_a_service_with_a_key(load: Load) -> None:
    settings = load(MINE, project="model = 'openrouter/openai/gpt-4o'\n")
    assert chosen(settings) == ("openrouter", "openai/gpt-4o")
    assert settings.warnings == ()


def test_an_alias_of_one_provider_cannot_be_asked_at_another(load: Load) -> None:
    with pytest.raises(UsageError, match="fast is an alias for gigachat/G, but"):
        load("[aliases]\nfast = 'gigachat/G'\n", provider="demo", model="fast")


def test_an_unknown_provider_names_the_nearest(load: Load) -> None:
    with pytest.raises(UsageError, match=r"unknown provider dmo \(did you mean demo\?\)"):
        load(provider="dmo").target()
    with pytest.raises(ConfigError, match=r"config.toml:1: unknown provider dmo"):
        load("provider = 'dmo'\n").target()


def test_a_model_for_another_provider_than_the_chosen_one(load: Load) -> None:
    settings = load(MINE)
    assert settings.endpoint("gigachat").model == "GigaChat-2-Max"
    assert settings.endpoint("demo").model == ""


def test_a_person_types_an_alias_or_a_name(load: Load) -> None:
    chooser = load("[aliases]\nfast = 'demo/quick'\n").chooser
    assert chooser.named("fast") == ("demo", "quick")
    assert chooser.named("openai/o1") == ("openai", "o1")
    assert chooser.named("o1") == ("", "o1")


def test_the_part_before_the_slash_is_a_provider_only_when_it_is_known() -> None:
    assert split_model("a/b/c", {"a"}) == ("a", "b/c")
    assert split_model("a/b/c", {"b"}) == ("", "a/b/c")
    assert split_model("a", {"a"}) == ("", "a")


@pytest.mark.parametrize("model", ["evil.gguf", "./evil.GGUF", "local/evil", "/tmp/evil.gguf"])
def test_a_project_names_no_model_file(model: str, load: Load) -> None:
    """It came with a clone, and native code would read it."""
    settings = load(MINE, project=f"model = '{model}'\n")
    assert chosen(settings) == ("gigachat", "GigaChat-2-Max")
    (warning,) = settings.warnings
    assert "a project file cannot choose a model file; ignored" in warning


def test_a_model_file_is_for_the_provider_that_can_load_it(load: Load) -> None:
    assert chosen(load(MINE, model="here/small.gguf")) == ("local", "here/small.gguf")
    assert chosen(load(MINE, model="m.gguf", provider="ollama")) == ("ollama", "m.gguf")
    own = load("[providers.local]\nmodel = '~/m.gguf'\n", provider="local")
    assert chosen(own) == ("local", "~/m.gguf")
