"""Which source wins, what each value knows of its origin, and how an endpoint is put together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

import pytest

from llmchat.errors import ConfigError, LlmchatError, UsageError
from llmchat.settings import Settings
from llmchat.settings.registry import Registry
from llmchat.values.endpoint import Deadlines, Endpoint
from llmchat.values.secret import Secret


class Load(Protocol):
    def __call__(self, *args: object, **kwargs: object) -> Settings: ...


def test_nothing_given_is_the_default(load: Load) -> None:
    settings = load()
    assert settings.get("theme").value == "auto"
    assert str(settings.get("theme").origin) == "default"
    assert settings.endpoint("demo") == Endpoint()


@pytest.mark.parametrize(
    ("environ", "flags", "value", "origin"),
    [
        ({}, {}, 7.0, "config.toml line 2"),
        ({"LLMCHAT_STALL_TIMEOUT": "8"}, {}, 8.0, "environment LLMCHAT_STALL_TIMEOUT"),
        (
            {"LLMCHAT_STALL_TIMEOUT": "8"},
            {"stall_timeout": 9.0},
            9.0,
            "flag --stall-timeout",
        ),
    ],
)
def test_a_flag_beats_the_environment_beats_the_file(
    load: Load, environ: dict[str, str], flags: dict[str, float], value: float, origin: str
) -> None:
    setting = load("theme = 'dark'\nstall_timeout = 7\n", environ, **flags).get("stall_timeout")
    assert (setting.value, str(setting.origin)) == (value, origin)


def test_a_project_beats_the_file_but_not_the_environment(load: Load) -> None:
    config, project = "template = 'mine'\n", "template = 'review'\n"
    settings = load(config, project=project)
    assert settings.text("template") == "review"
    assert str(settings.get("template").origin) == ".llmchat.toml line 1"
    assert load(config, {"LLMCHAT_TEMPLATE": "env"}, project=project).text("template") == "env"


def test_a_project_cannot_set_more_than_three_things(load: Load) -> None:
    project = "model = 'x'\nbase_url = 'https://evil'\n[providers.gigachat]\napi_key = 'k'\n"
    settings = load(project=project)
    assert settings.endpoint("gigachat").api_key is None
    assert [w.rpartition("/")[2] for w in settings.warnings] == [
        ".llmchat.toml:2: base_url is not allowed in a project file; ignored",
        ".llmchat.toml:3: providers is not allowed in a project file; ignored",
    ]


def test_an_empty_variable_is_the_same_as_none(load: Load) -> None:
    assert load("theme = 'dark'\n", {"LLMCHAT_THEME": ""}).text("theme") == "dark"


def test_a_provider_wins_over_the_whole_program_within_one_source(load: Load) -> None:
    config = "timeout = 5\nretries = 1\n[providers.demo]\ntimeout = 6\n"
    settings = load(config)
    assert settings.endpoint("demo").deadlines.total == 6
    assert settings.endpoint("yqcloud").deadlines.total == 5
    assert settings.endpoint("demo").retries == 1
    environ = {"LLMCHAT_TIMEOUT": "7", "LLMCHAT_YQCLOUD_TIMEOUT": "8"}
    assert load(config, environ).endpoint("demo").deadlines.total == 7
    assert load(config, environ).endpoint("yqcloud").deadlines.total == 8
    assert load(config, environ, timeout=9.0).endpoint("yqcloud").deadlines.total == 9


def test_every_deadline_has_its_key(load: Load) -> None:
    config = (
        "connect_timeout = 1\nfirst_token_timeout = 2\nstall_timeout = 3\n"
        "content_timeout = 4.5\ntimeout = 0\n"
    )
    assert load(config).endpoint("demo").deadlines == Deadlines(1, 2, 3, 4.5, None)


def test_every_field_of_an_endpoint_comes_from_the_file(load: Load, tmp_path: Path) -> None:
    settings = load(
        "[providers.gigachat]\n"
        "base_url = 'https://gw.example/api/'\nauth_url = 'https://gw.example/oauth'\n"
        "credentials = 'a2V5'\nscope = 'GIGACHAT_API_CORP'\nmodel = 'GigaChat-2-Max'\n"
        "ca_bundle = 'company.pem'\nproxy = 'socks://127.0.0.1:1080'\n"
        "headers = { X-Team = 'a' }\noptions = { temperature = 0.2 }\n"
        "allow_http = true\nretries = 0\nwait = false\n"
    )
    endpoint = settings.endpoint("gigachat")
    assert endpoint.base_url == "https://gw.example/api"
    assert endpoint.auth_url == "https://gw.example/oauth"
    assert endpoint.api_key == Secret("a2V5")
    assert endpoint.scope == "GIGACHAT_API_CORP"
    assert endpoint.model == "GigaChat-2-Max"
    assert endpoint.ca_bundle == str(tmp_path / "company.pem")
    assert endpoint.proxies.explicit == "socks5://127.0.0.1:1080"
    assert endpoint.headers == {"X-Team": "a"}
    assert endpoint.options == {"temperature": 0.2}
    assert (endpoint.allow_http, endpoint.retries, endpoint.wait) == (True, 0, False)


def test_options_are_joined_and_the_nearer_value_wins(load: Load) -> None:
    config = (
        "options = { a = 1, b = 1, c = 1, d = 1 }\n[providers.demo]\noptions = { b = 2, c = 2 }\n"
    )
    settings = load(
        config,
        {"LLMCHAT_DEMO_OPTIONS": '{"d": 4}'},
        project="options = { c = 3 }\n",
        options={"e": "0.5", "f": "true", "g": "[1]", "h": "words"},
    )
    assert settings.endpoint("demo").options == {
        "a": 1,
        "b": 2,
        "c": 3,
        "d": 4,
        "e": 0.5,
        "f": True,
        "g": [1],
        "h": "words",
    }


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"GIGACHAT_CREDENTIALS": "far"}, "far"),
        ({"GIGACHAT_API_KEY": "far"}, "far"),
        ({"GIGACHAT_CREDENTIALS": "far", "LLMCHAT_GIGACHAT_CREDENTIALS": "near"}, "near"),
        ({"GIGACHAT_CREDENTIALS": "far", "LLMCHAT_GIGACHAT_API_KEY": "near"}, "near"),
        ({}, "file"),
    ],
)
def test_our_name_of_a_key_is_nearer_than_another_tools(
    load: Load, environ: dict[str, str], key: str
) -> None:
    settings = load("[providers.gigachat]\napi_key = 'file'\n", environ)
    assert settings.endpoint("gigachat").api_key == Secret(key)


@pytest.mark.parametrize(
    ("name", "provider", "field"),
    [
        ("GIGACHAT_SCOPE", "gigachat", "scope"),
        ("OPENAI_BASE_URL", "openai", "base_url"),
        ("GIGACHAT_BASE_URL", "gigachat", "base_url"),
        ("GIGACHAT_AUTH_URL", "gigachat", "auth_url"),
        ("GIGACHAT_CA_BUNDLE_FILE", "gigachat", "ca_bundle"),
        ("SSL_CERT_FILE", "yqcloud", "ca_bundle"),
    ],
)
def test_names_of_other_tools_are_understood(
    load: Load, name: str, provider: str, field: str
) -> None:
    endpoint = load(None, {name: "https://x.example/v1"}).endpoint(provider)
    assert getattr(endpoint, field) == "https://x.example/v1"


def test_a_file_for_roots_beats_the_machines_general_one(load: Load) -> None:
    settings = load("ca_bundle = '~/mine.pem'\n", {"SSL_CERT_FILE": "/etc/all.pem"})
    assert settings.endpoint("demo").ca_bundle.endswith("/mine.pem")
    assert "~" not in settings.endpoint("demo").ca_bundle


def test_a_key_knows_where_it_stands(load: Load) -> None:
    given = load(None, {"OPENAI_API_KEY": "k"})
    assert given.api_key("openai") == Secret("k")
    assert str(given.key_origin("openai")) == "environment OPENAI_API_KEY"
    assert load().key_origin("openai") is None


def test_a_key_command_is_not_run_for_an_endpoint(load: Load) -> None:
    settings = load("[providers.openai]\napi_key_command = 'pass show openai'\n")
    assert settings.endpoint("openai").api_key is None
    assert settings.key_command("openai") == "pass show openai"


def test_a_key_beats_a_command_of_the_same_source_only(load: Load) -> None:
    config = "[providers.openai]\napi_key = 'k'\napi_key_command = 'c'\n"
    assert load(config).key_command("openai") == ""
    environ = {"LLMCHAT_OPENAI_API_KEY_COMMAND": "env"}
    assert load(config, environ).key_command("openai") == "env"
    assert load(config, environ).endpoint("openai").api_key is None


def test_an_unknown_provider_with_an_address_is_a_server_of_ones_own(load: Load) -> None:
    settings = load(
        "[providers.my-box]\nbase_url = 'http://127.0.0.1:1'\n",
        {"LLMCHAT_MY_BOX_API_KEY": "k"},
        provider="my-box",
    )
    assert settings.own_servers == ("my-box",)
    assert settings.target().provider == "my-box"
    assert settings.endpoint("my-box").api_key == Secret("k")


def test_configured_tells_whether_anything_was_said_of_a_provider(load: Load) -> None:
    settings = load("[providers.ollama]\nmodel = 'm'\n", {"OPENAI_API_KEY": "k"})
    names = ("ollama", "openai", "gigachat")
    assert [settings.configured(n) for n in names] == [True, True, False]


def test_keys_are_masked_where_settings_are_listed(load: Load) -> None:
    settings = load(
        "proxy = 'http://anna:pw@proxy:3128'\n"
        "[providers.openai]\napi_key = 'sk-123456'\n"
        "headers = { Authorization = 'Bearer x', X-Team = 'a' }\n"
    )
    shown = {s.key: s.shown for s in settings.listed()}
    assert shown["proxy"] == "http://***@proxy:3128"
    assert shown["providers.openai.api_key"] == "***"
    assert shown["providers.openai.headers"] == {"Authorization": "***", "X-Team": "a"}
    assert "sk-123456" not in repr(settings)


def test_the_list_holds_every_top_level_setting_and_what_providers_say(load: Load) -> None:
    listed = {s.key: str(s.origin) for s in load("[providers.demo]\nretries = 0\n").listed()}
    assert listed["theme"] == "default"
    assert listed["providers.demo.retries"] == "config.toml line 2"
    assert not any(key.startswith("providers.openai") for key in listed)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"LLMCHAT_RETRIES": "-1"}, "LLMCHAT_RETRIES: retries must be a non-negative integer"),
        ({"LLMCHAT_RETRIES": "1.5"}, "LLMCHAT_RETRIES: retries must be a non-negative integer"),
        ({"LLMCHAT_WAIT": "maybe"}, "LLMCHAT_WAIT: wait must be true or false"),
        (
            {"LLMCHAT_DEMO_HEADERS": "a=b"},
            "LLMCHAT_DEMO_HEADERS: headers must be a table of strings",
        ),
        (
            {"LLMCHAT_STALL_TIMEOUT": "nan"},
            "LLMCHAT_STALL_TIMEOUT: stall_timeout must be a pos",
        ),
        ({"LLMCHAT_DEMO_BASE_URL": "x.example"}, "LLMCHAT_DEMO_BASE_URL: base_url must be an"),
        (
            {"HTTPS_PROXY": "socks4://x"},
            "HTTPS_PROXY: not a proxy URL (use http, https, socks5, socks5h",
        ),
    ],
)
def test_a_bad_variable_is_named(load: Load, environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(None, environ).endpoint("demo")


def test_a_bad_flag_is_an_error_of_usage(load: Load) -> None:
    with pytest.raises(UsageError, match=r"--timeout: timeout must be a number of seconds"):
        load(None, timeout=-1.0).endpoint("demo")


def test_flags_that_are_not_given_do_not_count(load: Load) -> None:
    settings = load("retries = 5\n", retries=None, fallback=[])
    assert settings.endpoint("demo").retries == 5


@pytest.mark.parametrize(("text", "value"), [("off", False), ("YES", True), ("0", False)])
def test_switches_in_the_environment_have_many_spellings(
    load: Load, text: str, value: bool
) -> None:
    assert load(None, {"LLMCHAT_SAVE": text}).enabled("save") is value


def test_fallback_names_known_providers(load: Load) -> None:
    assert load("fallback = ['yqcloud', 'chatglm']\n").fallback == ("yqcloud", "chatglm")
    assert load("fallback = 'demo'\n", {"LLMCHAT_FALLBACK": "demo, yqcloud"}).fallback == (
        "demo",
        "yqcloud",
    )
    with pytest.raises(LlmchatError, match=r"unknown provider yqclod \(did you mean yqcloud\?\)"):
        _ = load("fallback = ['yqclod']\n").fallback


def test_a_provider_of_a_flag_moves_on_only_to_those_of_a_flag(load: Load) -> None:
    file = "fallback = ['chatglm']\n"
    assert load(file).fallbacks == ("chatglm",)
    assert load(file, provider="auto").fallbacks == ("chatglm",)
    assert load(f"provider = 'yqcloud'\n{file}").fallbacks == ("chatglm",)
    assert load(file, provider="yqcloud").fallbacks == ()
    assert load(file, {"LLMCHAT_FALLBACK": "demo"}, provider="yqcloud").fallbacks == ()
    assert load(file, provider="yqcloud", fallback=["demo"]).fallbacks == ("demo",)


def test_files_can_be_left_out_by_those_who_must_go_on(load: Load, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("nonsense")
    settings = Settings.load(
        {"LLMCHAT_THEME": "dark"}, config_file=None, registry=Registry(("demo",))
    )
    assert settings.text("theme") == "dark"


def test_a_key_in_a_file_that_others_may_read_is_told(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[providers.openai]\napi_key = 'k'\n")
    file.chmod(0o640)
    (warning,) = load().warnings
    assert warning == f"{file} contains a key and is readable by others; run chmod 600 {file}"
    file.chmod(0o600)
    assert load().warnings == ()
    file.write_text("[providers.openai]\napi_key_command = 'c'\n")
    file.chmod(0o644)
    assert load().warnings == ()


def test_local_servers_are_waited_for_longer_unless_somebody_says_otherwise(load: Load) -> None:
    own = "[providers.box]\ntype = 'openai'\nbase_url = 'http://127.0.0.1:9/v1'\n"
    for name in ("ollama", "box"):
        found = load(own).endpoint(name).deadlines
        assert (found.connect, found.first_token, found.stall, found.content) == (10, 300, 300, 300)
    assert load().endpoint("openai").deadlines.first_token == 60
    assert load("first_token_timeout = 5\n").endpoint("ollama").deadlines.first_token == 5
    assert load(stall_timeout=7).endpoint("ollama").deadlines.stall == 7


def test_an_address_on_this_machine_needs_no_scheme(load: Load) -> None:
    def address(url: str) -> str:
        return load(f"[providers.openai]\nbase_url = '{url}'\n").endpoint("openai").base_url

    assert address("127.0.0.1:8080") == "http://127.0.0.1:8080"
    assert address("localhost:8080/v1/") == "http://localhost:8080/v1"
    assert address("[::1]:8080/v1") == "http://[::1]:8080/v1"
    with pytest.raises(ConfigError, match="https://"):
        address("api.example/v1")


def test_a_proxy_for_all_is_told_apart_from_a_providers_own(load: Load) -> None:
    """A local server heeds its own alone."""
    both = "proxy = 'http://g:1'\n[providers.openai]\nproxy = 'http://o:1'\n"
    settings = load(both)
    assert settings.endpoint("openai").proxies.explicit == "http://o:1"
    shared = settings.endpoint("ollama").proxies
    assert (shared.explicit, shared.general) == ("", "http://g:1")
    assert load(both, proxy="http://f:1").endpoint("ollama").proxies.explicit == "http://f:1"
    by_name = {"LLMCHAT_OLLAMA_PROXY": "http://v:1"}
    assert load(both, by_name).endpoint("ollama").proxies.explicit == "http://v:1"


def test_effort_has_its_levels_and_the_nearer_one_wins(load: Load) -> None:
    text = "effort = 'low'\n[providers.openai]\neffort = 'high'\n"
    settings = load(text)
    assert [settings.endpoint(n).effort for n in ("ollama", "openai")] == ["low", "high"]
    assert load(text, effort="none").endpoint("openai").effort == "none"
    with pytest.raises(UsageError, match="effort must be one of none, low, medium, high, max"):
        load(effort="loud").endpoint("openai")
