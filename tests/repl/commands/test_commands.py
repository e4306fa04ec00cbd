"""The commands as a person sees them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.terminals.kept import rows
from tests.terminals.person import Chat, Person

QUICK = ("-o", "tokens", "40")


RUSSIAN = "Вы спросили"  # the demo answers in the language of the question


def asked(me: Person, question: str, answered: str = "You asked") -> None:
    """Asks a question and waits for the whole answer."""
    before = me.text.count(answered)
    me.prompt()
    me.say(question)
    me.see(answered, times=before + 1)
    me.prompt()


def test_help_lists_every_command_and_explains_one(chat: Chat) -> None:
    from llmchat.repl.commands.table import all_commands

    me = chat(rows=70)
    me.prompt()
    me.say("/help")
    me.see(*(command.usage for command in all_commands()))
    me.prompt()
    me.say("/help q")
    me.see("also /quit, /q, /bye")
    for name, answer in (("hlep", "did you mean /help?"), ("xyzzy", "/help lists the commands")):
        me.prompt()
        me.say(f"/help {name}")
        me.see(f"there is no command /{name}", answer)
    assert "anyway" not in me.text  # help is asked for, there is no line to send


def test_a_mistyped_command_is_never_sent(chat: Chat, home: Path) -> None:
    """It is answered with the nearest one, and with the way to send it all the same."""
    me = chat(*QUICK)
    me.prompt()
    me.say("/modle x")
    me.see("no command /modle; nothing was sent", "did you mean /model?")
    for typed, meant in ((".help", "/help"), (".рудз", "/help"), ("учше", "exit")):
        me.prompt()
        me.say(typed)
        me.see(f"{typed} is not a command; nothing was sent", f"did you mean {meant}?")
    me.prompt()
    me.say("/учше")
    me.see("did you mean /exit?")
    me.prompt()
    me.say("/")
    me.see("there is no command /;")
    assert not (home / "history.db").exists()
    asked(me, "//etc/hosts")
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("/etc/hosts",)]


def test_retry_and_edit_open_branches_and_nothing_is_overwritten(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    asked(me, "first")
    asked(me, "/retry")
    me.say("/edit")
    me.see("edit> first")
    me.type(" again\r")
    me.see("│ first again")
    me.prompt()
    texts = [t for (t,) in rows(home, "SELECT text FROM message WHERE role = 'user' ORDER BY id")]
    assert texts == ["first", "first again"]
    assert len(rows(home, "SELECT 1 FROM message WHERE role = 'assistant'")) == 3
    me.say("/tree")
    me.see("* marks the active branch")
    me.see_line(r"\*  4 you: first again")
    me.see_line(r"   1 you: first")
    me.prompt()
    me.say("/tree 2")
    me.see("Switched to the branch of 2: first")
    me.prompt()
    me.say("/tree 99")
    me.see("there is no message 99")


def test_a_model_that_a_closed_list_does_not_have_is_refused(chat: Chat) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("/model nope")
    me.see("demo does not have a model 'nope'")
    asked(me, "hello")


def test_a_continued_answer_is_no_question_and_retry_repeats_the_persons(
    chat: Chat, home: Path
) -> None:
    me = chat(*QUICK)
    asked(me, "Объясни", RUSSIAN)
    asked(me, "/continue", RUSSIAN)
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("Объясни",)]
    asked(me, "/retry", RUSSIAN)
    me.see("│ Объясни", times=2)
    answers = rows(home, "SELECT parent FROM message WHERE role = 'assistant' ORDER BY id")
    assert answers == [(1,), (2,), (1,)]


def test_a_block_is_copied_from_an_earlier_answer_after_a_failed_turn(chat: Chat) -> None:
    me = chat(SSH_TTY="/dev/pts/9", LLMCHAT_OLLAMA_BASE_URL="http://127.0.0.1:9/v1")
    asked(me, "hello")
    me.say("/model ollama/m")
    me.until(lambda: me.display[-1].startswith("ollama"), "the toolbar")
    me.say("fail")
    me.see("refused the connection")
    me.press("ctrl-c")
    me.see("Stopped.")
    me.say("/copy 1")
    me.see("copied code block 1")


def test_undo_redo_and_fork_walk_the_tree(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("/undo")
    me.see("no question has been asked yet")
    asked(me, "one")
    asked(me, "two")
    me.say("/undo")
    me.see("Undone: two")
    me.prompt()
    me.say("/redo")
    me.see("Redone: two")
    me.prompt()
    me.say("/redo")
    me.see("nothing to redo")
    me.prompt()
    me.say("/undo 2")
    me.see("Undone: one")
    me.prompt()
    me.say("/redo 2")
    me.see("Redone: two", times=2)
    me.prompt()
    me.say("/fork")
    me.see("Forked to ")
    me.prompt()
    assert rows(home, "SELECT count(*), count(forked_from) FROM conversation") == [(2, 1)]


def test_provider_model_system_and_options_change_in_the_middle(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    asked(me, "one")
    me.say("/provider ollama")
    me.see("ollama answers from now on")
    me.until(lambda: me.display[-1].startswith("ollama"), "the toolbar")
    me.say("/provider nobody")
    me.see("unknown provider nobody")
    me.until(lambda: me.display[-1].startswith("ollama"), "the toolbar again")
    me.say("/model demo/demo")
    me.see("demo/demo answers from now on")
    me.prompt()
    me.say("/system Be brief")
    me.see("Be brief", times=2)
    me.prompt()
    me.say("/set tokens 7")
    me.see("tokens = 7 from the next question on")
    asked(me, "two")
    me.say("/info")
    me.see("answered by   demo/demo", "= ")
    answers = rows(home, "SELECT completion_tokens FROM message WHERE role = 'assistant'")
    assert answers == [(40,), (7,)]
    assert rows(home, "SELECT system FROM conversation") == [("Be brief",)]
    me.prompt()
    me.say("/set vi")
    me.see("vi is on")
    me.prompt()
    me.say("/set")
    me.see_line("vi +on")
    me.see_line("language +en")
    me.see_line("tokens +7")
    me.prompt()
    me.say("/tokens")
    me.see("sent with the next question", "used in this session, as reported by services")


def test_files_go_along_by_command_and_by_name(chat: Chat, home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("remember the milk\n")
    (tmp_path / "two words.txt").write_text("spaces\n")
    me = chat(*QUICK)
    me.prompt()
    me.say("/file notes.txt")
    me.see("attached to the next message", "(to remove: /file none)")
    me.until(lambda: "+ 1 file" in me.display[-1], "the toolbar's count")
    asked(me, 'look at this and @"two words.txt", not @nobody')
    [(text,)] = rows(home, "SELECT text FROM message WHERE role = 'user'")
    assert text.startswith('look at this and @"two words.txt", not @nobody\n\n')
    assert "remember the milk" in text
    assert "spaces" in text
    me.say("/file missing.txt")
    me.see("No such file")
    me.prompt()
    (tmp_path / "many").mkdir()
    for number in range(5):
        (tmp_path / "many" / f"{number}.txt").write_text("x")
    me.say("/file many")
    me.see_line("many: 5 files, .*")
    assert "5 files" not in me.display  # said once, by the line above
    me.prompt()
    me.say("/file none")
    me.prompt()
    asked(me, "plain again")
    me.say("/file")
    me.see("no attachments for the next message")


def test_an_answer_and_its_blocks_are_saved_and_overwritten_only_by_consent(
    chat: Chat, tmp_path: Path
) -> None:
    me = chat()
    me.prompt()
    me.say("/save out.md")
    me.see("there is no answer yet")
    asked(me, "hello")
    me.say("/save out.md")
    me.see("Saved to ")
    assert (tmp_path / "out.md").read_text().startswith("You asked:\n\n> hello\n")
    me.prompt()
    me.say("/save 1 out.md")
    me.see("Overwrite it? [y/N]")
    me.type("n")
    me.see("Nothing written.")
    me.prompt()
    me.say("/save 1 out.md")
    me.see("Overwrite it? [y/N]", times=2)
    me.type("y")
    me.see("Saved to ", times=2)
    assert (tmp_path / "out.md").read_text().startswith("def greet(")
    me.prompt()
    me.say("/save 9 out.md")
    me.see("there is no code block 9 (only 1)")
    me.prompt()
    me.say("/raw")
    me.see("```python", "**demo**")


def test_a_conversation_is_exported_in_the_form_of_its_file(chat: Chat, tmp_path: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("/export all.json")
    me.see("this conversation is not saved")
    asked(me, "hello")
    me.say("/export all.json")
    me.see("Saved to ")
    assert "hello" in json.dumps(json.loads((tmp_path / "all.json").read_text()))
    me.prompt()
    me.say("/export")
    me.see("Saved to llmchat-")


def test_conversations_are_listed_searched_resumed_renamed_and_deleted(
    chat: Chat, home: Path
) -> None:
    me = chat(*QUICK)
    asked(me, "about penguins")
    [(first,)] = rows(home, "SELECT id FROM conversation")
    me.say("/rename Birds of the south")
    me.see("Renamed to Birds of the south")
    me.prompt()
    me.say("/new")
    me.see("new conversation", times=2)
    asked(me, "about volcanoes")
    me.say("/history")
    me.see_line(rf"{first} +today \d\d:\d\d +2 +demo/demo +Birds of the south")
    me.prompt()
    me.say("/search penguin")
    me.see_line(rf"{first}  today \d\d:\d\d  user  Birds of the south")
    me.see_line(r"    .*penguins.*")
    me.prompt()
    me.say(f"/resume {first[:4]}")
    me.see(f"Resumed {first}: Birds of the south (2 messages)")
    me.until(lambda: "Birds of the south" in me.display[-1], "its title in the toolbar")
    me.say("/delete")
    me.see("Delete ")
    me.type("y")
    me.see("Moved to the trash")
    me.prompt()
    assert rows(home, "SELECT id FROM conversation WHERE deleted IS NOT NULL") == [(first,)]
    me.say("/resume")
    me.see("Type to filter", "volcanoes")
    me.type("volc")
    me.see("resume: volc")
    me.press("enter")
    me.see("Resumed ", times=2)
    me.prompt()


@pytest.mark.parametrize("empty", [True, False])
def test_ctrl_c_leaves_the_line_that_edits_the_last_question(
    chat: Chat, home: Path, empty: bool
) -> None:
    me = chat(*QUICK)
    asked(me, "alpha")
    me.say("/edit")
    me.until(lambda: me.line == "edit> alpha", "the question to edit")
    if empty:
        me.press("ctrl-u")
        me.until(lambda: me.line == "edit>", "an empty line")
    me.press("ctrl-c")
    asked(me, "beta")
    said = rows(home, "SELECT text, parent FROM message WHERE role = 'user'")
    assert [(text, parent is None) for text, parent in said] == [("alpha", True), ("beta", False)]


def test_the_picker_shows_a_look_into_each_and_escape_leaves_it(chat: Chat) -> None:
    me = chat(*QUICK)
    asked(me, "alpha")
    me.say("/new")
    asked(me, "beta")
    me.press("ctrl-l")
    me.say("/resume")
    me.see("   you: beta")
    me.press("down")
    me.see("   you: alpha")
    me.press("escape")
    me.prompt()
    assert "going on" not in me.text


def test_templates_are_listed_and_used(chat: Chat, home: Path) -> None:
    folder = home / "templates"
    folder.mkdir(parents=True, mode=0o700)
    (home / "repl_history").touch(0o600)
    (folder / "twice.md").write_text("+++\nsystem = 'Say it twice.'\n+++\nTwice: {{ input }}\n")
    me = chat(*QUICK)
    me.prompt()
    me.say("/template")
    me.see("twice", "review")
    me.prompt()
    me.say("/mod")
    me.see("did you mean /model?")
    asked(me, "/twice hello you")
    assert rows(home, "SELECT text FROM message WHERE role = 'user'") == [("Twice: hello you",)]
    assert rows(home, "SELECT system FROM conversation") == [("Say it twice.",)]


def test_without_saving_nothing_is_written(chat: Chat, home: Path) -> None:
    me = chat("--no-save", *QUICK)
    me.see("not saved")
    asked(me, "secret plans")
    me.say("/history")
    me.see("this session does not save its history")
    me.prompt()
    me.say("/rename Plans")
    me.see("start without --no-save", times=2)
    me.prompt()
    me.type("a draft")
    me.prompt("a draft")
    me.pump(1.0)
    me.press("ctrl-c", "ctrl-d")
    assert me.end() == 0
    assert "Resume with" not in me.text
    assert (home / "repl_history").read_text() == ""
    assert not (home / "history.db").exists()
    assert not (home / "drafts").exists()


def test_the_history_of_lines_is_private_and_without_secrets(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    asked(me, "first line")
    asked(me, "my key is sk-abcdefghijklmnopqrstuvwxyz123456")
    asked(me, "third\\\rline")
    kept = [json.loads(x) for x in (home / "repl_history").read_text().splitlines()]
    assert kept == ["first line", "third\nline"]
    assert stat.S_IMODE((home / "repl_history").stat().st_mode) == 0o600


def test_doctor_runs_inside_the_session_and_can_be_stopped(chat: Chat) -> None:
    me = chat(
        LLMCHAT_YQCLOUD_BASE_URL="http://127.0.0.1:9",
        LLMCHAT_CHATGLM_BASE_URL="http://127.0.0.1:9",
        LLMCHAT_CHATGPTT_BASE_URL="http://127.0.0.1:9",
        LLMCHAT_GIGACHAT_BASE_URL="http://127.0.0.1:9",
        LLMCHAT_GIGACHAT_AUTH_URL="http://127.0.0.1:9",
    )
    me.prompt()
    me.say("/doctor")
    me.see("checking files")
    me.prompt()
    assert "internal error" not in me.text


def test_a_resumed_conversation_tells_where_its_last_answer_came_from(chat: Chat) -> None:
    me = chat(*QUICK, "hello")
    me.prompt()
    me.press("ctrl-d")
    assert me.end() == 0
    again = chat("-c")
    again.prompt()
    again.say("/info")
    again.see("answered by   demo/demo", "1 + 40 = 41", "attempts      demo ok")


def test_info_says_once_that_an_answer_was_interrupted(chat: Chat) -> None:
    me = chat("-o", "delay_ms", "50")
    me.prompt()
    me.say("hello")
    me.see("You asked")
    me.press("ctrl-c")
    me.prompt()
    me.say("/info")
    me.see_line("state +interrupted")


def test_commands_say_how_they_are_used(chat: Chat, tmp_path: Path) -> None:
    """Every wrong use is one line of what is wrong and one of what to do."""
    (tmp_path / "folder").mkdir()
    me = chat(*QUICK)
    asked(me, "hello")
    for line, answer in (
        ("/model", "to change: /model"),
        ("/provider", "demo *"),
        ("/system", "no system message"),
        ("/set stream maybe", "stream must be on or off"),
        ("/set stream off", "stream is off"),
        ("/set usage on", "usage is on"),
        ("/set x", "x reset to default"),
        ("/copy nonsense", "not the number of a code block"),
        ("/save", "no file given"),
        ("/save folder", "is a folder"),
        ("/search", "no search words given"),
        ("/search xyzzy", 'no messages match "xyzzy"'),
        ("/history hello", "hello"),
        ("/rename", "no title given"),
        ("/raw on", "Answers are shown as plain text"),
        ("/undo x", "not a number of questions"),
        ("/edit other words", "│ other words"),
        ("/file none", "no attachments for the next message"),
        ("/template nobody", "unknown template nobody"),
    ):
        if line == "/edit other words":
            me.say("/raw off")
            me.prompt()
        me.say(line)
        me.see(answer)
        me.prompt()
    assert "internal error" not in me.text


def test_a_picture_goes_along_as_an_attachment(chat: Chat, home: Path, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "program").write_bytes(bytes(range(256)))
    me = chat(*QUICK)
    me.prompt()
    me.say("/file program")
    me.see("is binary, not text")
    me.prompt()
    me.say("/file dot.png")
    me.see("dot.png: image/png, 108 bytes")
    asked(me, "what is this?")
    assert rows(home, "SELECT media_type FROM attachment") == [("image/png",)]
    assert "dot.png" not in rows(home, "SELECT text FROM message WHERE role = 'user'")[0][0]


def test_effort_is_shown_set_and_taken_back(chat: Chat) -> None:
    """A level holds from the next question on; a service without one says so."""
    me = chat(*QUICK)
    me.prompt()
    me.say("/effort")
    me.see_line("default")
    me.see("none, low, medium, high, max")
    me.prompt()
    me.say("/effort loud")
    me.see("effort must be one of none, low, medium, high, max")
    me.prompt()
    me.say("/effort high")
    me.see("high")
    me.prompt()
    me.say("Hello")
    me.see("demo/demo does not support --effort; ignored: high")
    me.see("You asked")
    me.prompt()
    me.press("ctrl-l")
    me.say("/effort default")
    me.see_line("default")


def test_tag_shows_adds_and_removes(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    asked(me, "first")
    me.say("/tag")
    me.see("No tags.")
    me.prompt()
    me.say("/tag #Work sorting")
    me.see("#work #sorting")
    me.prompt()
    me.say("/tag -work")
    me.see_line("#sorting")
    me.prompt()
    assert rows(home, "SELECT tags FROM conversation") == [(" sorting ",)]


def test_tokens_and_usage_say_the_cost_where_it_is_known(chat: Chat, home: Path) -> None:
    own = '[prices."demo/demo*"]\ncurrency = "USD"\nprompt = 1000\ncompletion = 1000\n'
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(own)
    me = chat(*QUICK, "--usage")
    asked(me, "first")
    me.see(" tokens  ·  0.0")
    me.say("/tokens")
    me.see_line(r"cost of this session +0\.0\d+ USD")


def test_several_models_answer_the_last_question_beside_each_other(chat: Chat, home: Path) -> None:
    me = chat(*QUICK, columns=90)
    me.prompt()
    me.say("/vs demo")
    me.see("no question has been asked yet")
    me.prompt()
    asked(me, "which of you?")
    me.say("/vs demo demo/demo")
    me.see("demo/demo", "│", "/tree shows these answers")
    me.prompt()
    answers = rows(
        home, "SELECT count(DISTINCT parent), count(*) FROM message WHERE role = 'assistant'"
    )
    assert answers == [(1, 3)]
    me.say("/vs a b c d e f g")
    me.see("/vs takes 1 to 6 models")
