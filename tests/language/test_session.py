"""A session speaks the person's language, and changes it on demand."""

from __future__ import annotations

from tests.terminals.person import Chat, chat, environment, home

__all__ = ["chat", "environment", "home"]


def test_a_session_is_led_in_russian(chat: Chat) -> None:
    me = chat("-o", "tokens", "20", LANG="ru_RU.UTF-8", fresh=True)
    me.see("новый диалог", "Enter отправляет")
    me.prompt()
    me.say("/nope")
    me.see("нет команды /nope")
    me.prompt()
    me.say("hello")
    me.see("You asked")  # the demo answers in the language of the question
    me.see("токенов: 21")


def test_the_language_is_changed_in_the_session(chat: Chat) -> None:
    me = chat()
    me.prompt()
    me.say("/set language klingon")
    me.see("llmchat does not speak klingon")
    me.prompt()
    me.say("/set language zh")
    me.see("zh_CN")
    me.prompt()
    me.say("/nope")
    me.see("没有 /nope 这个命令")


def test_what_a_session_says_is_marked(chat: Chat) -> None:
    me = chat(LLMCHAT_LANG="pseudo")
    me.see("⟦new conversation⟧")
    for line, marked in (("/tokens", "⟦about"), ("/undo", "⟦no question"), ("/nope", "⟦there is")):
        me.prompt()
        me.say(line)
        me.see(marked)
