"""A batch with a server that refuses, stalls, cuts and counts: lines, exit codes, signals."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.e2e.batches import ARGV, batch, lines, started, until, variables, write_prompts
from tests.e2e.shell import Shell
from tests.servers.crowd import Crowd, Deed


def nth(prompt: str) -> int:
    return int(prompt.split()[-1])


def test_every_prompt_has_one_line_whatever_happens(shell: Shell) -> None:
    """Refusals are retried; a cut or a stall is an error of that prompt only."""

    def deeds(prompt: str, times: int) -> Deed:
        match nth(prompt) % 10:
            case 3:
                return "429" if times == 1 else "ok"
            case 5:
                return "500" if times == 1 else "ok"
            case 7:
                return "cut"
            case 9:
                return "stall"
        return "ok"

    prompts = write_prompts(shell, 40)
    with Crowd(deeds, retry_after="0").running() as crowd:
        result = batch(shell, crowd, "--out", "o", LLMCHAT_STALL_TIMEOUT="0.5")
    rows = {row["id"]: row for row in lines(shell.home / "o")}
    assert len(rows) == len(lines(shell.home / "o")) == len(prompts)
    kinds = [(rows[str(i + 1)]["error"] or {}).get("kind") for i in range(40)]
    wanted = {7: "incomplete", 9: "incomplete"}
    assert kinds == [wanted.get(i % 10) for i in range(40)]
    assert rows["1"]["text"] == "answer to prompt 0"
    assert rows["8"]["text"] == "half "
    assert [a["outcome"] for a in rows["4"]["attempts"]] == ["rate_limit", "ok"]
    assert crowd.most_open <= 4
    assert (result.code, result.out) == (10, "")  # all failures alike
    assert result.err.splitlines()[0].startswith("32 answered, 8 failed (224 tokens, ")


def test_answers_that_are_not_saved_are_told_of_once_whoever_reads_it(shell: Shell) -> None:
    write_prompts(shell, 3)
    (shell.home / "history.db").mkdir()
    with Crowd(lambda prompt, times: "ok").running() as crowd:
        result = batch(shell, crowd, "--save", "--quiet", "--out", "o")
    assert (result.code, len(lines(shell.home / "o"))) == (0, 3)
    assert result.err.startswith("llmchat: this turn was not saved: ")
    assert result.err.count("not saved") == 1


@pytest.mark.parametrize("jobs", [1, 3, 20])
def test_no_more_requests_are_open_than_jobs(shell: Shell, jobs: int) -> None:
    write_prompts(shell, 60)
    with Crowd(lambda prompt, times: "hold", gathers=jobs, pause=0.01).running() as crowd:
        assert batch(shell, crowd, "--jobs", str(jobs), "--out", "o").code == 0
    assert crowd.most_open == jobs


def test_a_refusal_keeps_all_jobs_away_as_long_as_the_service_says(shell: Shell) -> None:
    def deeds(prompt: str, times: int) -> Deed:
        return "429" if (nth(prompt), times) == (5, 1) else "ok"

    write_prompts(shell, 40)
    with Crowd(deeds, retry_after="2", pause=0.02).running() as crowd:
        assert batch(shell, crowd, "--out", "o").code == 0
    gaps = [later - earlier for earlier, later in zip(crowd.times, crowd.times[1:], strict=False)]
    assert max(gaps) > 1.5


@pytest.mark.parametrize(("deed", "code"), [("401", 4), ("quota", 7)])
def test_what_every_prompt_would_meet_stops_the_batch(shell: Shell, deed: Deed, code: int) -> None:
    write_prompts(shell, 500)
    with Crowd(lambda prompt, times: deed).running() as crowd:
        result = batch(shell, crowd, "--out", "o")
    assert result.code == code
    assert crowd.asked.total() <= 8
    assert "not asked" in result.err


def test_failures_of_several_kinds_are_exit_8(shell: Shell) -> None:
    def deeds(prompt: str, times: int) -> Deed:
        return {0: "cut", 1: "400"}.get(nth(prompt), "ok")  # type: ignore[return-value]  # of two

    write_prompts(shell, 4)
    with Crowd(deeds).running() as crowd:
        result = batch(shell, crowd)
    assert result.code == 8
    assert "2 of 4 prompts failed" in result.err
    assert len(result.out.splitlines()) == 4


def test_fail_fast_stops_at_the_first_failure(shell: Shell) -> None:
    write_prompts(shell, 100)
    with Crowd(lambda prompt, times: "400" if nth(prompt) == 3 else "ok").running() as crowd:
        result = batch(shell, crowd, "--fail-fast", "--jobs", "1", "--out", "o")
    assert result.code == 2
    assert [row["id"] for row in lines(shell.home / "o")] == ["1", "2", "3", "4"]
    assert crowd.asked.total() == 4


def test_ordered_lines_are_in_the_order_of_the_input(shell: Shell) -> None:
    """The first prompts are refused at first, so that others finish before them."""

    def deeds(prompt: str, times: int) -> Deed:
        return "500" if nth(prompt) % 4 == 0 and times == 1 else "ok"

    write_prompts(shell, 40)
    with Crowd(deeds).running() as crowd:
        assert batch(shell, crowd, "--ordered", "--out", "o").code == 0
    assert [row["id"] for row in lines(shell.home / "o")] == [str(i + 1) for i in range(40)]


def test_failed_prompts_are_asked_again_and_have_one_line_then(shell: Shell) -> None:
    broken = True

    def deeds(prompt: str, times: int) -> Deed:
        return "cut" if broken and nth(prompt) % 3 == 0 else "ok"

    write_prompts(shell, 9)
    with Crowd(deeds).running() as crowd:
        assert batch(shell, crowd, "--out", "o").code == 10
        broken = False
        assert batch(shell, crowd, "--out", "o", "--resume").code == 0
    rows = lines(shell.home / "o")
    assert sorted(int(row["id"]) for row in rows) == list(range(1, 10))
    assert all(row["error"] is None for row in rows)
    assert set(crowd.answered.values()) == {1}


def test_two_batches_do_not_share_a_file(shell: Shell) -> None:
    write_prompts(shell, 2)
    with Crowd(lambda prompt, times: "hold").running() as crowd:
        first = started(shell, crowd, "--out", "o")
        until(lambda: crowd.open == 2, first)
        second = batch(shell, crowd, "--out", "o", "--resume")
        crowd.release.set()
        assert first.wait(60) == 0
    assert second.code == 3
    assert "another batch is writing" in second.err


def test_the_first_ctrl_c_lets_running_prompts_finish(shell: Shell) -> None:
    write_prompts(shell, 50)
    with Crowd(lambda prompt, times: "hold").running() as crowd:
        process = started(shell, crowd, "--out", "o")
        until(lambda: crowd.open == 4, process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = process.stderr.readline()
        crowd.release.set()
        rest = process.communicate(timeout=60)[1]
    assert told == b"finishing 4 running prompts; press Ctrl-C again to stop now\n"
    assert process.returncode == -signal.SIGINT
    assert b"4 answered, 46 not asked" in rest
    assert len(lines(shell.home / "o")) == 4
    assert crowd.asked.total() == 4


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,)])
def test_a_second_one_and_a_sigterm_stop_at_once(
    shell: Shell, signals: tuple[signal.Signals, ...]
) -> None:
    write_prompts(shell, 50)

    def deeds(prompt: str, times: int) -> Deed:
        return "ok" if nth(prompt) < 8 else "hold"

    with Crowd(deeds).running() as crowd:
        process = started(shell, crowd, "--out", "o")
        until(lambda: crowd.open == 4 and crowd.answered.total() == 8, process)
        assert process.stderr is not None
        for number in signals[:-1]:
            process.send_signal(number)
            process.stderr.readline()  # two of one kind at once would be one
        process.send_signal(signals[-1])
        err = process.communicate(timeout=60)[1]
        assert process.returncode == -signals[-1]
        assert b"8 answered, 42 not asked" in err
        assert len(lines(shell.home / "o")) == 8
        crowd.release.set()
        assert batch(shell, crowd, "--out", "o", "--resume").code == 0
    assert len(lines(shell.home / "o")) == 50


def test_a_prompt_that_waits_for_the_service_is_not_waited_for(shell: Shell) -> None:
    """After Ctrl-C; it has no line, and --resume asks it."""
    write_prompts(shell, 5)
    with Crowd(lambda prompt, times: "429", retry_after="30").running() as crowd:
        process = started(shell, crowd, "--out", "o")
        until(lambda: crowd.asked.total() == 4, process)
        until(lambda: crowd.open == 0, process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert lines(shell.home / "o") == []


def test_a_closed_pipe_is_silent(shell: Shell) -> None:
    write_prompts(shell, 200)
    with Crowd().running() as crowd:
        process = started(shell, crowd)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["error"] is None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(60) == -signal.SIGPIPE
    assert err == b""


def test_a_full_disk_ends_the_batch_with_whole_lines(shell: Shell) -> None:
    write_prompts(shell, 200)
    with Crowd().running() as crowd:
        command = f"ulimit -f 8; exec llmchat batch in.txt {' '.join(ARGV)} --out o"
        result = shell.line(command, env=variables(crowd))
        assert (result.code, "cannot write" in result.err) == (3, True)
        assert 0 < len(lines(shell.home / "o")) < 200
        assert batch(shell, crowd, "--out", "o", "--resume").code == 0
    assert len(lines(shell.home / "o")) == 200


def test_a_named_pipe_is_an_input_like_a_file(shell: Shell) -> None:
    os.mkfifo(shell.home / "pipe")
    with Crowd().running() as crowd:
        command = f"printf 'a\\nb\\n' > pipe & llmchat batch pipe {' '.join(ARGV)}"
        result = shell.line(command, env=variables(crowd))
    assert (result.code, len(result.out.splitlines())) == (0, 2)


def test_a_row_may_choose_its_model_system_message_and_options(shell: Shell) -> None:
    rows = [
        {"prompt": "a"},
        {"prompt": "b", "model": "other", "system": "Be brief", "options": {"temperature": 0}},
    ]
    (shell.home / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with Crowd().running() as crowd:
        argv = ("batch", "in.jsonl", *ARGV, "--jobs", "1")
        assert shell.run(*argv, env=variables(crowd)).code == 0
    plain, special = crowd.bodies
    assert (plain["model"], len(plain["messages"])) == ("m", 1)
    assert (special["model"], special["temperature"]) == ("other", 0)
    assert special["messages"][0] == {"role": "system", "content": "Be brief"}


@pytest.mark.parametrize("model", ["other", "mine/other"])
def test_a_row_may_choose_the_model_of_a_server_of_ones_own(shell: Shell, model: str) -> None:
    (shell.home / "in.jsonl").write_text(json.dumps({"prompt": "a", "model": model}))
    with Crowd().running() as crowd:
        (shell.home / "config.toml").write_text(f'[providers.mine]\nbase_url = "{crowd.url}"\n')
        (shell.home / "config.toml").chmod(0o600)
        assert shell.run("batch", "in.jsonl", "-p", "mine").code == 0
    assert [body["model"] for body in crowd.bodies] == ["other"]


def test_a_schema_makes_data_of_each_answer(shell: Shell) -> None:
    def reply(prompt: str) -> str:
        return json.dumps({"name": prompt}) if "0" in prompt else "no JSON"

    write_prompts(shell, 2)
    with Crowd(reply=reply).running() as crowd:
        argv = ("--schema", "name", "--schema-retries", "0", "--ordered")
        result = batch(shell, crowd, *argv)
    good, bad = map(json.loads, result.out.splitlines())
    assert (good["data"], good["error"], "text" in good) == ({"name": "prompt 0"}, None, False)
    assert (bad["text"], bad["error"]["kind"], "data" in bad) == (
        "no JSON", "schema_mismatch", False,
    )  # fmt: skip
    assert result.code == 8


def test_a_bad_schema_is_told_before_anything_is_sent(shell: Shell) -> None:
    write_prompts(shell, 2)
    with Crowd().running() as crowd:
        result = batch(shell, crowd, "--schema", '{"type": "nonsense"}', "--out", "o")
    assert (result.code, crowd.asked.total()) == (2, 0)
    assert not (shell.home / "o").exists()


def test_a_page_for_every_prompt_is_fetched_once_and_counts_by_its_address(shell: Shell) -> None:
    write_prompts(shell, 5)
    with Crowd(page="the page").running() as crowd:
        argv = ("-f", f"{crowd.url}/page", "--out", "o")
        assert batch(shell, crowd, *argv).code == 0
        assert crowd.pages_read == 1
        assert all("the page" in body["messages"][-1]["content"] for body in crowd.bodies)
        again = batch(shell, crowd, *argv, "--resume")
    assert again.err == "5 answered before, none left to ask\n"


def test_a_row_names_its_page_where_the_flag_says_so(shell: Shell) -> None:
    with Crowd(page="a page").running() as crowd:
        (shell.home / "in.csv").write_text(f"url\n{crowd.url}/1\n{crowd.url}/2\n")
        argv = ("batch", "in.csv", *ARGV, "-f", "{{url}}", "Sum up")
        result = shell.run(*argv, env=variables(crowd))
    assert (result.code, crowd.pages_read) == (0, 2)


def test_a_page_with_a_secret_is_not_sent_to_a_third_party(shell: Shell) -> None:
    write_prompts(shell, 2)
    with Crowd(page="sk-canary-0123456789abcdef0123456789").running() as crowd:
        argv = ("batch", "in.txt", "-p", "yqcloud", "-f", f"{crowd.url}/page")
        result = shell.run(*argv, env={"LLMCHAT_YQCLOUD_BASE_URL": crowd.url})
    assert (result.code, crowd.asked.total()) == (2, 0)
    assert "a page contains an API key" in result.err


def test_a_row_names_its_picture_where_the_flag_says_so(shell: Shell) -> None:
    (shell.home / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    (shell.home / "in.csv").write_text("file\na.png\n")
    with Crowd().running() as crowd:
        argv = ("batch", "in.csv", *ARGV, "-a", "{{file}}")
        result = shell.run(*argv, env=variables(crowd))
    assert result.code == 0, result.err
    assert "data:image/png" in json.dumps(crowd.bodies)


def test_where_everybody_refuses_the_key_the_batch_stops(shell: Shell) -> None:
    write_prompts(shell, 300)
    with Crowd(lambda p, t: "401").running() as crowd:
        more = {"LLMCHAT_DEEPSEEK_BASE_URL": crowd.url, "LLMCHAT_DEEPSEEK_API_KEY": "y"}
        argv = ("batch", "in.txt", "-p", "openai", "--fallback", "deepseek", "--out", "o")
        result = shell.run(*argv, env={**variables(crowd), **more})
    assert result.code == 4
    assert crowd.asked.total() <= 16


def test_a_fallback_is_asked_where_the_first_fails(shell: Shell) -> None:
    write_prompts(shell, 6)
    with Crowd(lambda p, t: "500").running() as bad, Crowd().running() as good:
        more = {"LLMCHAT_OLLAMA_BASE_URL": good.url, "LLMCHAT_RETRIES": "0"}
        argv = ("batch", "in.txt", "-p", "openai", "--fallback", "ollama", "--out", "o")
        result = shell.run(*argv, env={**variables(bad), **more, "LLMCHAT_OLLAMA_MODEL": "llama"})
    assert result.code == 0, result.err
    rows = lines(shell.home / "o")
    assert {row["provider"] for row in rows} == {"ollama"}
    assert [a["outcome"] for a in rows[0]["attempts"]] == ["unavailable", "ok"]
