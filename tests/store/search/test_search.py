"""Searching a history: order, filters, snippets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from llmchat.store.database.database import Database
from llmchat.store.history.history import History
from llmchat.store.search import index
from llmchat.store.search.query import parse
from llmchat.store.search.search import Hit

Keep = Callable[..., str]


def titles(hits: list[Hit]) -> list[str]:
    return [hit.title for hit in hits if hit.role == "user"]


def test_the_newest_hit_comes_first(history: History, keep: Keep) -> None:
    for title in ("apple one", "pear two", "apple three"):
        keep(title)
    assert titles(history.search("apple")) == ["apple three", "apple one"]
    assert titles(history.search("apple", limit=1)) == ["apple three"]


def test_rank_puts_the_best_match_first(history: History, keep: Keep) -> None:
    keep("apple apple apple")
    keep("one apple among many other words that say nothing about fruit at all")
    assert titles(history.search("apple", rank=True))[0] == "apple apple apple"


@pytest.mark.parametrize(
    "query", ["погода", "ПОГОД", "ёлки", "елки", "语言", "模", "モデル", "weath", "naive"]
)
def test_words_are_found_in_every_script(history: History, keep: Keep, query: str) -> None:
    keep("Погода и Ёлки, 大型语言模型, モデル, Weather, naïve")
    keep("nothing of that")
    assert len(history.search(query)) == 1


def test_a_question_is_found_by_who_answered_it(history: History, keep: Keep) -> None:
    keep("bees one", "honey", provider="gigachat", model="GigaChat-2")
    keep("bees two", "honey", provider="yqcloud", model="gpt-4")
    assert titles(history.search("bees provider:gigachat")) == ["bees one"]
    assert titles(history.search("bees model:gpt")) == ["bees two"]
    assert history.search("bees provider:demo") == []


def test_the_middle_of_a_word_is_not_found_but_of_chinese_it_is(
    history: History, keep: Keep
) -> None:
    keep("погода 语言模型")
    assert history.search("года") == []
    assert len(history.search("言模")) == 1


def test_filters_narrow_the_hits(history: History, keep: Keep) -> None:
    keep("word first", "word\n```python\ncode\n```", provider="gigachat", model="GigaChat-2")
    keep("word second", "word answer", provider="yqcloud", model="gpt-4")
    assert [h.provider for h in history.search("word provider:Giga role:assistant")] == ["gigachat"]
    assert [h.model for h in history.search("word model:gpt role:assistant")] == ["gpt-4"]
    assert {h.role for h in history.search("word role:user")} == {"user"}
    assert [h.provider for h in history.search("word has:code")] == ["gigachat"]
    assert history.search("word before:2020") == []
    assert len(history.search("word after:2020")) == 4
    assert history.search("word model:g%") == []


def test_filters_work_without_words(history: History, keep: Keep) -> None:
    keep("one", provider="gigachat")
    keep("two", provider="yqcloud")
    assert [h.role for h in history.search("provider:yqcloud")] == ["assistant", "user"]


def test_a_hit_shows_where_the_word_stands(history: History, keep: Keep) -> None:
    keep("question", "The Answer is a long text about weather in general")
    (hit,) = history.search("WEATHER")
    assert ("weather", True) in hit.snippet
    assert hit.role == "assistant"


def test_a_renamed_conversation_shows_its_new_title(history: History, keep: Keep) -> None:
    keep("weather")
    history.rename("last", "rain")
    assert history.search("weather")[0].title == "rain"


def test_a_lost_index_is_made_anew(history: History, keep: Keep) -> None:
    keep("weather")
    history.store(lambda c: c.execute("INSERT INTO words (words) VALUES ('delete-all')"))
    assert history.search("weather", rank=True) == []
    history.store(index.rebuild)
    assert len(history.search("weather", rank=True)) == 1


@pytest.mark.parametrize(
    "query", ["model", "mode", "语", "语言", "model provider:demo", "mod mode"]
)
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_a_common_word_gives_the_same_hits_as_the_index_alone(
    history: History, keep: Keep, query: str, limit: int
) -> None:
    for number in range(40):
        index = ["model", "models", "modern mode", "语言", "mod model", "语", "nothing"]
        keep(index[number % 7], index[number * 3 % 7], provider="demo" if number % 2 else "other")
    connection = Database.open(history.path).connection
    plain = parse(query, now=0)
    expected = connection.execute(
        f"""SELECT m.id FROM words JOIN message AS m ON m.id = words.rowid
            WHERE words MATCH ?{plain.where} ORDER BY m.id DESC LIMIT ?""",
        (plain.match, *plain.values, limit),
    ).fetchall()
    assert [(hit.message,) for hit in history.search(query, limit=limit)] == expected
    connection.close()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("пчёлы", "думал о пчёлах"),
        ("пчёлах", "пчела"),
        ("красивая", "красивейшего города"),
        ("нейросетью", "новые нейросети"),
        ("studies", "a study of bees"),
        ("running", "it runs"),
        ("bees", "one bee"),
        ("отец", "у отца"),
        ("пишу", "надо писать"),
        ("окно", "много окон"),
        ("учиться", "он учился"),
        ("умер", "умрёт ли"),
        ("ran", "to run"),
        ("готовый", "готов"),
        ("третьего", "третий раз"),
        ("надеемся", "надеялась"),
        ("статья", "много статей"),
        ("семей", "о семье"),
        ("имя", "разные имена"),
        ("писем", "одно письмо"),
        ("послали", "скоро пошлют"),
        ("одет", "оденет пальто"),
        ("найти", "найдено"),
        ("misunderstood", "they misunderstand"),
        ("stopped", "stop it"),
        ("agreed", "they agree"),
        ("друг", "мои друзья"),
        ("детей", "один ребёнок"),
        ("дорогу", "эта дорога"),
        ("лицо", "на лице"),
        ("бойцы", "один боец"),
        ("ручей", "у ручья"),
        ("короткий", "стало короче"),
        ("побыстрее", "быстрый"),
        ("лучше", "хороший"),
        ("глубочайший", "глубокая"),
        ("погибла", "погибнуть"),
        ("борется", "надо бороться"),
        ("забытый", "не забудь"),
        ("съели", "съесть"),
        ("bigger", "a big one"),
        ("happy", "the happiest"),
        ("coldest", "it is cold"),
        ("firemen", "a fireman"),
        ("lives", "a life"),
        ("scarves", "a scarf"),
        ("slung", "sling it"),
        ("axis", "two axes"),
        ("мышонок", "наши мышата"),
    ],
)
def test_every_form_of_a_word_is_found_and_marked(
    history: History, keep: Keep, query: str, text: str
) -> None:
    keep(text)
    keep("совсем other words")
    [hit] = history.search(query)
    assert any(marked for _, marked in hit.snippet)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"пчёлы"', "пчёлах"),
        ("дом", "думал"),
        ("universe", "unity"),
        ("пч", "пчк x"),
        ("animals", "animation"),
        ("hoped", "hop, hopped"),
        ("странах", "странные"),
        ("женой", "жених"),
        ("какому", "как"),
        ("горный", "горн"),
        ("путь", "пут"),
        ("мировая", "миров"),
        ("вину", "винить"),
        ("огни", "огненная"),
        ("заслуги", "заслуженный"),
        ("узкий", "уже"),
        ("carrier", "to carry"),
        ("corner", "corn"),
        ("number", "numb"),
        ("news", "a new thing"),
        ("theses", "these"),
    ],
)
def test_what_is_quoted_or_of_another_stem_is_not(
    history: History, keep: Keep, query: str, text: str
) -> None:
    keep(text)
    assert len(history.search(query)) == (query == "пч")


@pytest.mark.parametrize(
    ("query", "own", "other"),
    [("встал", "встанет", "встает"), ("продолжит", "продолжим", "продолжал продолжает")],
)
def test_a_word_of_the_history_tells_verbs_with_the_same_forms_apart(
    history: History, keep: Keep, query: str, own: str, other: str
) -> None:
    keep(own)
    keep(other)
    assert titles(history.search(query)) == [own]


def test_a_plural_in_ses_is_of_a_noun_in_sis_beside_a_verb(history: History, keep: Keep) -> None:
    keep("diagnose, diagnosed, diagnosing")
    keep("one diagnosis")
    assert "one diagnosis" in titles(history.search("diagnoses"))


def test_a_form_counts_among_the_newest_hits(history: History, keep: Keep) -> None:
    for number in range(40):
        keep(f"пчёлы {number}")
    keep("о пчёлах")
    assert titles(history.search("пчёлы", limit=3)) == ["о пчёлах", "пчёлы 39", "пчёлы 38"]
