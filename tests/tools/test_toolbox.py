"""The box of tools of one run, with a server written by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from llmchat.errors import ConfigError, LlmchatError, ToolServerError, UsageError
from llmchat.tools.guard import LONGEST_ANSWER
from llmchat.tools.lists import ToolLists
from llmchat.tools.servers.failures import why
from llmchat.tools.tool import Tool, Toolbox, ToolContext
from llmchat.tools.toolbox import MOST_TOOLS, open_toolbox
from tests.tools.conftest import Configure, scripted
from tests.tools.processes import none_alive, pids, until


@asynccontextmanager
async def opened(
    context: ToolContext, *names: str, allow: Sequence[str] = ()
) -> AsyncIterator[Toolbox]:
    toolbox = await open_toolbox(context, names, allow=allow)
    try:
        yield toolbox
    finally:
        await toolbox.aclose()


def named(tools: Sequence[Tool], label: str) -> Tool:
    return next(tool for tool in tools if tool.label == label)


async def test_a_server_is_listed_called_and_ended(configure: Configure, tmp_path: Path) -> None:
    context = configure("[tools.own]\n" + scripted("pids=" + str(tmp_path / "pids")))
    async with opened(context, "own") as toolbox:
        tools = await toolbox.tools()
        output = await toolbox.call(named(tools, "own/echo"), {"text": "hé ж 日"})
    assert [tool.spec.name for tool in tools] == ["echo", "fail", "big", "slow", "die"]
    assert (output.text, output.outcome) == ("hé ж 日", "ok")
    assert none_alive(pids(tmp_path / "pids"))


async def test_an_error_of_the_tool_is_an_outcome(configure: Configure) -> None:
    async with opened(configure("[tools.own]\n" + scripted()), "own/fail") as toolbox:
        (tool,) = await toolbox.tools()
        output = await toolbox.call(tool, {"text": "this"})
    assert (output.text, output.outcome) == ("no luck with this", "error")


async def test_an_error_with_the_code_of_a_closed_connection_is_told_as_the_server_does(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "names").write_text("refuse echo")
    context = configure("[tools.own]\n" + scripted(f"tools={tmp_path / 'names'}"))
    async with opened(context, "own") as toolbox:
        refuse, _ = await toolbox.tools()
        output = await toolbox.call(refuse, {"text": "no such table"})
    assert (output.text, output.outcome) == ("own/refuse failed: no such table", "error")


async def test_a_tool_that_is_listed_twice_is_counted_once(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "names").write_text("echo echo")
    context = configure("[tools.own]\n" + scripted(f"tools={tmp_path / 'names'}"))
    async with opened(context, "own") as toolbox:
        assert len(await toolbox.tools()) == 1
    assert len(ToolLists(context.cache).last("own") or ()) == 1


async def test_a_result_is_cut_where_a_character_ends_and_says_so(configure: Configure) -> None:
    toml = "[tools]\nmax_result = 101\n[tools.own]\n" + scripted()
    async with opened(configure(toml), "own/big") as toolbox:
        (tool,) = await toolbox.tools()
        output = await toolbox.call(tool, {})
    assert output.text == "ж" * 50 + "\n[cut: the first 101 of 1,000,000 bytes]"


async def test_an_answer_that_cannot_be_read_is_waited_for_no_longer_than_any(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "names").write_text("half echo")  # of a pair of surrogates
    context = configure("[tools.own]\ntimeout = 3\n" + scripted(f"tools={tmp_path / 'names'}"))
    async with opened(context, "own") as toolbox:
        half, echo = await toolbox.tools()
        outcome = (await toolbox.call(half, {})).outcome
        after = await toolbox.call(echo, {"text": "fine"})
    assert (outcome, after.text) == ("timeout", "fine")


async def test_a_call_has_a_time_limit_and_the_server_goes_on(configure: Configure) -> None:
    context = configure("[tools.own]\ntimeout = 0.3\n" + scripted())
    async with opened(context, "own") as toolbox:
        tools = await toolbox.tools()
        output = await toolbox.call(named(tools, "own/slow"), {})
    assert (output.text, output.outcome) == ("own/slow did not answer within 0.3 s.", "timeout")


async def test_a_server_that_dies_says_why_and_starts_again(
    configure: Configure, tmp_path: Path
) -> None:
    context = configure("[tools.own]\n" + scripted("pids=" + str(tmp_path / "pids")))
    async with opened(context, "own") as toolbox:
        tools = await toolbox.tools()
        output = await toolbox.call(named(tools, "own/die"), {})
        again = await toolbox.call(named(tools, "own/echo"), {"text": "back"})
    assert (output.text, output.outcome) == ("own ended during the call: the last words", "error")
    assert (again.text, again.outcome) == ("back", "ok")
    assert len(pids(tmp_path / "pids")) == 2


async def test_an_answer_without_an_end_ends_the_server(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "names").write_text("flood")
    words = (f"tools={tmp_path / 'names'}", f"pids={tmp_path / 'pids'}", "stubborn")
    async with opened(configure("[tools.own]\n" + scripted(*words)), "own") as toolbox:
        (tool,) = await toolbox.tools()
        output = await toolbox.call(tool, {})
        assert none_alive(pids(tmp_path / "pids"))
    assert output.outcome == "error"
    assert output.text == "own ended during the call: a line of more than 16,777,216 bytes"


async def test_a_server_that_dies_at_each_call_is_not_started_for_ever(
    configure: Configure, tmp_path: Path
) -> None:
    context = configure("[tools.own]\n" + scripted("pids=" + str(tmp_path / "pids")))
    async with opened(context, "own/die") as toolbox:
        (tool,) = await toolbox.tools()
        outcomes = [(await toolbox.call(tool, {})).outcome for _ in range(5)]
    assert set(outcomes) == {"error"}
    assert len(pids(tmp_path / "pids")) == 3


async def test_a_list_is_there_before_the_server_is(configure: Configure, tmp_path: Path) -> None:
    toml = "[tools.own]\n" + scripted("pids=" + str(tmp_path / "pids"))
    async with opened(configure(toml), "own") as toolbox:
        first = await toolbox.tools()
    toolbox = await open_toolbox(configure(toml), ["own"])
    assert await toolbox.tools() == first
    assert len(pids(tmp_path / "pids")) == 1  # the second has not even begun
    await toolbox.aclose()


async def test_another_command_line_has_no_cached_list(configure: Configure) -> None:
    async with opened(configure("[tools.own]\n" + scripted()), "own") as toolbox:
        before = await toolbox.tools()
    async with opened(configure("[tools.own]\n" + scripted("about=new")), "own") as toolbox:
        after = await toolbox.tools()
    assert {tool.spec.description for tool in after} == {"new"}
    assert not {tool.definition for tool in before} & {tool.definition for tool in after}


@pytest.mark.parametrize("change", ["other", "other echo=better"], ids=["gone", "another"])
async def test_a_tool_that_changed_since_it_was_offered_is_not_called(
    configure: Configure, tmp_path: Path, change: str
) -> None:
    names = tmp_path / "names"
    names.write_text("echo other")
    context = configure("[tools.own]\n" + scripted(f"tools={names}"))
    async with opened(context, "own") as toolbox:
        await toolbox.tools()
    names.write_text(change)  # as a new version of the same server would
    async with opened(context, "own") as toolbox:
        tools = await toolbox.tools()
        output = await toolbox.call(named(tools, "own/echo"), {"text": "x"})
        present = await toolbox.tools()
    assert output.outcome == "error"
    assert (
        output.text == "own/echo was not called: its definition has changed since it was offered."
    )
    assert present[0].label == "own/other"


async def test_a_list_that_changes_in_between_is_read_again(
    configure: Configure, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    names.write_text("announce echo")
    async with opened(configure("[tools.own]\n" + scripted(f"tools={names}")), "own") as toolbox:
        tools = await toolbox.tools()
        names.write_text("announce")
        await toolbox.call(named(tools, "own/announce"), {"text": "news"})
        output = await toolbox.call(named(tools, "own/echo"), {"text": "x"})
        assert [tool.label for tool in await toolbox.tools()] == ["own/announce"]
    assert output.outcome == "error"


async def test_a_banner_on_stdout_does_no_harm(
    configure: Configure, capfd: pytest.CaptureFixture[str]
) -> None:
    async with opened(configure("[tools.own]\n" + scripted("banner")), "own") as toolbox:
        assert await toolbox.tools()
    assert capfd.readouterr() == ("", "")


async def test_a_server_that_leaves_unknown_questions_unanswered_has_time_to_start(
    configure: Configure,
) -> None:
    async with opened(configure("[tools.own]\n" + scripted("mute")), "own/echo") as toolbox:
        (tool,) = await toolbox.tools()
        assert (await toolbox.call(tool, {"text": "here"})).text == "here"


async def test_what_a_server_prints_goes_into_its_private_log(
    configure: Configure, tmp_path: Path
) -> None:
    async with opened(configure("[tools.own]\n" + scripted()), "own") as toolbox:
        await toolbox.tools()
    log = tmp_path / "private" / "logs" / "own.log"
    assert "starting" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("dead",), "no such database"),
        (("silent",), "no answer within 1 s"),
        (("silent", "stubborn"), "no answer within 1 s"),
        (("endless",), "its list of tools does not end"),
        (("hollow",), "its list of tools does not end"),
        (("wordy",), "its list of tools is too large"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
async def test_a_server_that_cannot_be_used_is_told(
    configure: Configure, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    server = scripted(*words, f"pids={tmp_path / 'pids'}", seconds=1 if "silent" in words else 60)
    context = configure(f"[tools.own]\n{server}")
    with pytest.raises(ToolServerError) as caught:
        async with opened(context, "own") as toolbox:
            await toolbox.tools()
    assert caught.value.message.startswith("tool server own did not start: ")
    assert reason in caught.value.message
    assert (caught.value.kind, caught.value.exit_code) == ("tool_server", 3)
    assert none_alive(pids(tmp_path / "pids"))


async def test_names_for_the_model_are_valid_and_each_its_own(configure: Configure) -> None:
    context = configure(f"[tools.one]\n{scripted('hostile')}[tools.two]\n{scripted('hostile')}")
    async with opened(context, "one", "two") as toolbox:
        names = [tool.spec.name for tool in await toolbox.tools()]
    assert len(set(names)) == len(names) == 8
    assert all(name[0].isalpha() and len(name) <= 64 and name.isascii() for name in names)
    assert all(char.isalnum() or char in "_-" for name in names for char in name)


async def test_a_server_gets_a_few_variables_and_those_that_it_names(
    configure: Configure, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    names.write_text("environment")
    env = 'env = { TOKEN = "${MINE}", PLAIN = "${NONE:-x}" }\n'
    environ = [("MINE", "secret"), ("OPENAI_API_KEY", "sk-1"), ("SHELL", "/bin/sh")]
    context = configure(f"[tools.own]\n{env}" + scripted(f"tools={names}"), environ=environ)
    async with opened(context, "own") as toolbox:
        (tool,) = await toolbox.tools()
        seen = json.loads((await toolbox.call(tool, {})).text)
    seen.pop("LC_CTYPE", None)  # set by the interpreter that the server runs in
    assert seen.pop("TOKEN") == "secret"
    assert seen.pop("PLAIN") == "x"
    assert set(seen) <= {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"}


async def test_a_variable_that_is_not_set_is_told_before_anything_starts(
    configure: Configure,
) -> None:
    context = configure('[tools.own]\nenv = { A = "${NOT_THERE}" }\n' + scripted())
    with pytest.raises(ConfigError, match=r"tools\.own\.env\.A needs the variable NOT_THERE"):
        await open_toolbox(context, ["own"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("onw", "unknown tool onw (did you mean own?)"),
        ("other/echo", "unknown tool other/echo"),
        ("functions.py", "functions.py needs a function"),
    ],
)
async def test_an_unknown_name_is_told_at_once(
    configure: Configure, name: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        await open_toolbox(configure("[tools.own]\n" + scripted()), [name])
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("lines", "name", "allow", "message"),
    [
        ("", "own/ehco", (), "unknown tool own/ehco (did you mean echo?)"),
        ('exclude = ["e*"]\n', "own/echo", (), "own/echo is excluded by the settings"),
        (
            "",
            "own",
            ("own/ehco",),
            "--allow own/ehco: no such tool was chosen (did you mean own/echo?)",
        ),
    ],
)
async def test_a_tool_that_cannot_be_offered_is_told_with_the_list(
    configure: Configure, lines: str, name: str, allow: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        async with opened(configure(f"[tools.own]\n{lines}{scripted()}"), name, allow=allow) as box:
            await box.tools()
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("lines", "names", "offered"),
    [
        ('include = ["echo", "b*"]\n', ("own",), ["echo", "big"]),
        ('exclude = ["e*", "d*"]\n', ("own",), ["fail", "big", "slow"]),
        ('include = ["big"]\n', ("own/echo",), ["echo"]),
        ("", ("own/echo", "own/big", "own/echo"), ["echo", "big"]),
        ("", ("own/echo", "own"), ["echo", "fail", "big", "slow", "die"]),
        ("", ("own", "own/echo"), ["echo", "fail", "big", "slow", "die"]),
    ],
)
async def test_what_is_offered(
    configure: Configure, lines: str, names: tuple[str, ...], offered: list[str]
) -> None:
    async with opened(configure(f"[tools.own]\n{lines}{scripted()}"), *names) as toolbox:
        assert [tool.name for tool in await toolbox.tools()] == offered


async def test_the_settings_and_a_flag_allow_tools(configure: Configure) -> None:
    context = configure('[tools.own]\nallow = ["echo"]\n' + scripted())
    async with opened(context, "own", allow=["own/big"]) as toolbox:
        allowed = [tool.name for tool in await toolbox.tools() if tool.allowed]
    assert allowed == ["echo", "big"]


async def test_too_many_tools_are_refused_instead_of_cut(
    configure: Configure, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    names.write_text(" ".join(f"t{number}" for number in range(MOST_TOOLS + 1)))
    context = configure("[tools.own]\n" + scripted(f"tools={names}"))
    with pytest.raises(UsageError, match="65 tools were chosen; at most 64 can be offered"):
        async with opened(context, "own") as toolbox:
            await toolbox.tools()


async def test_calls_may_be_abandoned_and_the_box_closed_from_any_task(
    configure: Configure, tmp_path: Path
) -> None:
    server = scripted("pids=" + str(tmp_path / "pids"))
    context = configure(f"[tools.one]\n{server}[tools.two]\n{server}")
    toolbox = await open_toolbox(context, ["one", "two"])
    tools = await toolbox.tools()
    slow = asyncio.create_task(toolbox.call(named(tools, "one/slow"), {}))
    output = await toolbox.call(named(tools, "two/echo"), {"text": "meanwhile"})
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    await asyncio.create_task(toolbox.aclose())
    assert output.text == "meanwhile"
    assert len(pids(tmp_path / "pids")) == 2
    assert none_alive(pids(tmp_path / "pids"))


async def test_whoever_waits_for_a_box_that_is_closed_is_told(configure: Configure) -> None:
    toolbox = await open_toolbox(configure("[tools.own]\n" + scripted("silent")), ["own"])
    waiting = asyncio.create_task(_tools(toolbox))
    await asyncio.sleep(0)
    await toolbox.aclose()
    with pytest.raises(ToolServerError, match="it was stopped"):
        await waiting


async def _tools(toolbox: Toolbox) -> Sequence[Tool]:
    return await toolbox.tools()


async def test_a_box_is_closed_while_its_server_starts(
    configure: Configure, tmp_path: Path
) -> None:
    file = tmp_path / "pids"
    context = configure("[tools.own]\n" + scripted("silent", "stubborn", f"pids={file}"))
    toolbox = await open_toolbox(context, ["own"])
    await asyncio.to_thread(until, lambda: pids(file), "its start")
    await toolbox.aclose()
    assert none_alive(pids(file))


async def test_http_to_another_machine_needs_a_setting(configure: Configure) -> None:
    with pytest.raises(ConfigError, match="anyone on the network path can read http"):
        await open_toolbox(configure('[tools.a]\nurl = "http://tools.example/mcp"\n'), ["a"])


@pytest.mark.parametrize("kind", ["http", "sse"])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, "content type"),
        (401, "HTTP 401: check its headers"),
        (500, "HTTP 500"),
        (307, "307|Redirect"),
    ],
)
async def test_what_is_not_a_server_of_tools_is_told(
    configure: Configure, kind: str, status: int, reason: str
) -> None:
    with web_page(status) as url:
        toml = f'[tools.a]\nurl = "{url}"\ntype = "{kind}"\n'
        with pytest.raises(ToolServerError, match=f"did not start: .*({reason})"):
            async with opened(configure(toml), "a") as toolbox:
                await toolbox.tools()


@pytest.mark.parametrize("body", [b"", b"null", b'{"a":', b'{"key": "canary"}'])
async def test_json_that_is_not_mcp_is_told_without_the_words_of_a_library(
    configure: Configure, body: bytes
) -> None:
    with (
        web_page(200, body, "application/json") as url,
        pytest.raises(ToolServerError, match=r"did not start: its answer is not MCP$"),
    ):
        async with opened(configure(f'[tools.a]\nurl = "{url}"\n'), "a") as toolbox:
            await toolbox.tools()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "its answer is not MCP"),
        (b"event: endpoint\ndata: /m\n\n" * 2, "its answer is not MCP"),
        (
            b"event: endpoint\ndata: http://127.0.0.1:1/m\n\n",
            "it redirects messages to another server: http://127.0.0.1:1/m",
        ),
    ],
)
async def test_a_stream_of_events_that_is_not_mcp_is_told_without_the_words_of_a_library(
    configure: Configure, body: bytes, told: str
) -> None:
    with (
        web_page(200, body, "text/event-stream") as url,
        pytest.raises(ToolServerError, match=f"did not start: {told}$"),
    ):
        async with opened(configure(f'[tools.a]\nurl = "{url}"\ntype = "sse"\n'), "a") as toolbox:
            await toolbox.tools()


def test_a_result_that_is_none_is_told_as_such_and_an_error_of_a_call_as_it_is() -> None:
    assert why(ValueError("3 validation errors for InitializeResult x")) == "its answer is not MCP"
    said = "1 validation error for call[now]"
    assert why(ValueError(said)) == said


async def test_an_answer_on_the_web_is_not_read_for_ever(configure: Configure) -> None:
    with (
        web_page(200, b"[" * (LONGEST_ANSWER + 1), "application/json") as url,
        pytest.raises(ToolServerError, match="its answer is larger than 16 MiB"),
    ):
        async with opened(configure(f'[tools.a]\nurl = "{url}"\n'), "a") as toolbox:
            await toolbox.tools()


@contextmanager
def web_page(status: int, body: bytes = b"hello", kind: str = "text/html") -> Iterator[str]:
    """A web server with the same page for every request."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/mcp"
        server.shutdown()


@contextmanager
def forgetful_server(status: int) -> Iterator[tuple[str, list[str]]]:
    """An MCP server on the web that refuses, with this status, sessions that are not listed."""
    sessions: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if request["method"] == "initialize":
                sessions.append(f"s{len(sessions)}")
                return self.say(INITIALIZED, request)
            if request["method"] == "server/discover":
                return self.say({}, request, 404)
            if self.headers.get("Mcp-Session-Id") not in sessions:
                return self.say({}, request, status)
            if "id" not in request:
                return self.say({}, request, 202)
            echo = {"name": "echo", "inputSchema": {"type": "object"}}
            said = {"content": [{"type": "text", "text": "said"}], "tools": [echo]}
            return self.say(said, request)

        def say(self, result: object, request: dict[str, object], status: int = 200) -> None:
            answer = {"jsonrpc": "2.0", "id": request.get("id"), "result": result}
            body = json.dumps(answer).encode() if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if body else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Mcp-Session-Id", sessions[-1] if sessions else "")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/mcp", sessions
        server.shutdown()


INITIALIZED = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "by hand", "version": "1"},
}


@pytest.mark.parametrize("status", [400, 404])
async def test_a_server_on_the_web_that_was_started_again_is_connected_to_again(
    configure: Configure, status: int
) -> None:
    with forgetful_server(status) as (url, sessions):
        async with opened(configure(f'[tools.a]\nurl = "{url}"\n'), "a") as toolbox:
            (tool,) = await toolbox.tools()
            outcomes = []
            for _ in range(4):
                outcomes.append((await toolbox.call(tool, {})).outcome)
                sessions[:] = ["forgotten"] * len(sessions)
                outcomes.append((await toolbox.call(tool, {})).outcome)
    assert outcomes == ["ok", "error"] * 4


async def test_a_server_on_the_web_that_is_not_there_is_told(configure: Configure) -> None:
    with pytest.raises(LlmchatError) as caught:
        async with opened(configure('[tools.a]\nurl = "http://127.0.0.1:1/mcp"\n'), "a") as toolbox:
            await toolbox.tools()
    assert caught.value.message == "tool server a did not start: connection failed"


async def test_a_program_that_is_not_there_is_told_at_once(configure: Configure) -> None:
    with pytest.raises(ToolServerError, match="own: there is no program nowhere-to-be-found"):
        await open_toolbox(configure('[tools.own]\ncommand = "nowhere-to-be-found"\n'), ["own"])
