"""Which forms of words a search finds, and which other words, as dictionaries judge it.

    uv pip install pymorphy3 pymorphy3-dicts-ru lemminflect wordfreq
    python -m bench.forms [--show] [--tune]

The words are held out: all forms of a lemma are in one of two halves of the frequent words of
wordfreq. Paradigms are mended with --tune, which shows the first half; the other one judges, and
what was ever shown is in neither. The index has the frequent words of the language. A hit is false
where pymorphy3 (English: lemminflect) knows no lemma that both words may have.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from itertools import product
from zlib import crc32

from llmchat.store.search.forms.lookup import forms_of
from llmchat.store.search.normalize import fold

NEEDED = ("pymorphy3", "lemminflect", "wordfreq")
FREQUENT = 60_000  # words of each language in the index
RUSSIAN, ENGLISH = 4000, 2000  # words that are searched for
SEED = "21"  # another one once the words of the second half were looked at
SHOWN = tuple(product((200, 300, 400, 600), (5, 11, 13, 17)))  # in samples: how many, from where
FALSE, FALSE_BY_HAND = 0.02, 0.03  # of the hits; the second list is of hard words alone
# Fleeting vowels, ё and е, consonants that change, suppletion within one stem.
BY_HAND = [
    "сон",
    "день",
    "отец",
    "огонь",
    "лоб",
    "рот",
    "лев",
    "угол",
    "пень",
    "кусок",
    "окно",
    "письмо",
    "сестра",
    "девочка",
    "земля",
    "кухня",
    "песня",
    "деревня",
    "ложка",
    "чашка",
    "книжка",
    "копейка",
    "орёл",
    "козёл",
    "осёл",
    "костёр",
    "ковёр",
    "котёл",
    "мёд",
    "пчела",
    "звезда",
    "жена",
    "весло",
    "стекло",
    "озеро",
    "зеркало",
    "лёд",
    "полёт",
    "черёд",
    "ёлка",
    "тётя",
    "щётка",
    "друг",
    "нога",
    "рука",
    "книга",
    "пирог",
    "враг",
    "мочь",
    "беречь",
    "писать",
    "сказать",
    "искать",
    "резать",
    "плакать",
    "ходить",
    "водить",
    "носить",
    "просить",
    "любить",
    "ловить",
    "купить",
    "спать",
    "пить",
    "жить",
    "лить",
    "умереть",
    "тереть",
    "нести",
    "вести",
    "везти",
    "печь",
    "толстый",
    "короткий",
    "лёгкий",
    "тёмный",
    "тёплый",
    "весёлый",
    "жёлтый",
    "чёрный",
    "тяжёлый",
    "больной",
    "острый",
    "сильный",
]

# Used every day, and seldom regular.
EVERYDAY = """\
друг брат стул лист дерево крыло перо сын муж князь ухо глаз колено плечо яблоко ребенок человек
мать дочь имя время путь чудо небо тело судно господин хозяин англичанин гражданин татарин
крестьянин церковь любовь ложь сосед черт зять деверь зуб корень камень день пень лев сон лоб рот
мох цветок щенок котенок теленок медвежонок яйцо полотенце кольцо сердце солнце лицо отец конец
месяц палец певец продавец боец заяц песок кусок подарок знак звонок рынок урок потолок замок дом
город поезд паспорт профессор учитель доктор берег лес остров цвет снег век край чай случай музей
герой гений воробей соловей муравей ручей улей статья семья скамья свинья земля неделя капля сабля
туфля деревня песня спальня кухня вишня башня книга нога дорога рука строка река наука аптека муха
старуха доска сестра игра икра война весна сосна окно письмо число весло ведро бревно пятно кресло
стекло масло дно зло счастье здание знание мнение знамя племя пламя семя семена есть ехать идти
пойти уйти прийти найти войти выйти бежать лежать держать дышать слышать видеть ненавидеть
смотреть терпеть вертеть зависеть обидеть спать гнать брать звать ждать рвать врать драть лгать
жать мять взять понять снять поднять принять начать дать давать создать встать вставать стать
знать узнать узнавать хотеть мочь помочь лечь печь течь беречь стричь сесть съесть класть упасть
украсть расти вырасти вести везти нести цвести мести грести ползти спасти сказать писать искать
плакать скакать прятать резать мазать вязать казаться рубить любить купить кормить ловить ставить
готовить носить возить ходить водить судить будить платить шутить тратить чистить пустить простить
учить лечить стучать кричать молчать пить бить лить шить жить плыть мыть крыть рыть выть петь
брить дуть деть одеть надеть забыть быть умереть тереть запереть колоть бороться полоть тянуть
тонуть крикнуть прыгнуть отдохнуть исчезнуть погибнуть привыкнуть достигнуть замерзнуть рисовать
танцевать воевать ночевать жевать плевать ковать клевать совать сеять лаять таять надеяться
смеяться бояться стоять гулять стрелять терять менять хороший плохой большой маленький высокий
низкий близкий далекий короткий широкий узкий глубокий мелкий легкий тяжелый мягкий твердый
молодой старый новый дорогой дешевый богатый бедный чистый грязный простой сложный частый редкий
густой толстый тонкий сладкий горький острый тупой сухой мокрый тихий громкий строгий жесткий
гладкий крепкий синий зимний последний лисий волчий божий рыжий свежий чужой горячий больной живой
святой злой умный добрый красивый сильный слабый быстрый медленный теплый холодный белый черный
красный зеленый желтый спокойный достойный веселый светлый темный полный голодный нужный важный
должный"""

Judge = Callable[[str], frozenset[str]]


def russian_judge() -> Judge:
    import pymorphy3

    morph = pymorphy3.MorphAnalyzer()

    @cache
    def lemmas(word: str) -> frozenset[str]:
        return frozenset(fold(parse.normal_form) for parse in morph.parse(word))

    return lemmas


def english_judge() -> Judge:
    from lemminflect import getAllLemmas, getAllLemmasOOV

    @cache
    def lemmas(word: str) -> frozenset[str]:
        found = getAllLemmas(word) or getAllLemmasOOV(word, "NOUN")
        return frozenset(lemma.lower() for own in found.values() for lemma in own) | {word}

    return lemmas


def frequent(language: str, fits: Callable[[str], bool]) -> list[str]:
    from wordfreq import top_n_list

    words = (fold(word) for word in top_n_list(language, FREQUENT))
    return list(dict.fromkeys(word for word in words if fits(word)))


def is_russian(word: str) -> bool:
    return len(word) > 2 and all("а" <= letter <= "я" for letter in word)


def is_english(word: str) -> bool:
    return len(word) > 2 and word.isascii() and word.isalpha()


def held_out(
    words: list[str], count: int, content: Callable[[str], bool], lemmas: Judge
) -> list[str]:
    """Words of one half that bear a meaning, from anywhere among the frequent and the rare."""
    able = [word for word in words[200:30_000] if content(word)]
    shown = {word for many, place in SHOWN for word in able[place :: len(able) // many][:many]}
    half = 0 if "--tune" in sys.argv else 1
    own = [w for w in able if w not in shown and _mixed(min(lemmas(w))) % 2 == half]
    return sorted(own, key=_mixed)[:count]


def _mixed(word: str) -> int:
    """By chance, and the same in every run."""
    return crc32(f"{SEED}{word}".encode())


def index_of(words: Iterable[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'ascii')")
    connection.executemany("INSERT INTO words (text) VALUES (?)", [(word,) for word in words])
    return connection


def measured(
    name: str, asked: list[str], known: list[str], lemmas: Judge, *, most: float = FALSE
) -> bool:
    """Prints the share of forms found and of false hits."""
    connection = index_of(known)
    by_lemma: dict[str, set[str]] = {}
    for word in known:
        for lemma in lemmas(word):
            by_lemma.setdefault(lemma, set()).add(word)
    there = found = hits = false = prefixes = 0
    missing: list[str] = []
    wrong: list[str] = []
    for word in asked:
        own = set().union(*(by_lemma.get(lemma, set()) for lemma in lemmas(word))) - {word}
        begin = {w for w in own if w.startswith(word)}  # found as beginnings, as ever
        got = set(forms_of(connection, word)) - {word}
        there += len(own)
        prefixes += len(begin)
        found += len(own & (got | begin))
        hits += len(got)
        false += len(got - own)
        missing += [f"{word}:{form}" for form in sorted(own - got - begin)]
        wrong += [f"{word}:{form}" for form in sorted(got - own)]
    share, faults = found / there, false / max(1, hits + prefixes)
    print(
        f"{name}: {len(asked)} words, {there} forms: {share:.1%} found; "
        f"{hits + prefixes} hits, {faults:.1%} of them false"
    )
    if "--show" in sys.argv:
        print("  missing:", *missing)
        print("  false:", *wrong)
    return faults <= most


def main() -> int:
    if not all(map(find_spec, NEEDED)):
        print(f"skipped: needs {', '.join(NEEDED)}")
        return 0
    russian, english = frequent("ru", is_russian), frequent("en", is_english)
    return 0 if all([_russian(russian), _english(english)]) else 1


def _russian(words: list[str]) -> bool:
    import pymorphy3

    morph = pymorphy3.MorphAnalyzer()
    kinds = {"NOUN", "VERB", "INFN", "ADJF", "ADJS", "PRTF", "COMP"}
    content = lambda word: morph.word_is_known(word) and str(morph.parse(word)[0].tag.POS) in kinds  # noqa: E731
    judge = russian_judge()
    usual = measured("Russian", held_out(words, RUSSIAN, content, judge), words, judge)
    hard = measured(
        "Russian, by hand", [fold(word) for word in BY_HAND], words, judge, most=FALSE_BY_HAND
    )
    everyday = measured("Russian, everyday", EVERYDAY.split(), words, judge, most=FALSE_BY_HAND)
    return usual and hard and everyday


def _english(words: list[str]) -> bool:
    from lemminflect import getAllLemmas

    known = [word for word in words if getAllLemmas(word)]
    judge = english_judge()
    asked = held_out(words, ENGLISH, lambda w: bool(getAllLemmas(w)), judge)
    return measured("English", asked, known, judge)


if __name__ == "__main__":
    sys.exit(main())
