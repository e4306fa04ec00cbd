"""The forms of a Russian word, by the endings of its possible paradigms; pure. ё is е here.

A paradigm is a row of endings behind one stem. A word that ends with one of them may have all the
others; which of these are words, the index knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from llmchat.store.search.paradigm import Row

HARD, VELAR, HUSH, TS, VOWEL = "бвдзлмнпрстф", "кгх", "жшчщ", "ц", "аеиоуыэюя"
ANY = HARD + VELAR + HUSH + TS + VOWEL + "ьй"
EMPTY = ("", "ь", "й")
FLEETING = "ео"  # between the last two consonants, where nothing follows: окно, окон
SHORTEST = 2  # letters of a stem


class Paradigm(NamedTuple):
    """`last` are the letters that its stem may end with; `-` is no ending."""

    last: str
    endings: tuple[str, ...]
    kind: str = "noun"  # noun, adjective, verb


def _row(last: str, endings: str, kind: str = "noun") -> Paradigm:
    return Paradigm(last, tuple("" if e == "-" else e for e in endings.split()), kind)


FEMININE_SOFT = _row(HARD, "я и е ю ей ею ь - ям ями ях")
FEMININE_VELAR = _row(VELAR, "а и е у ой ою - ам ами ах")
NOUNS = (
    _row(HARD, "- а у ом е ы ов ам ами ах"),
    _row(VELAR, "- а у ом е и ов ам ами ах"),
    _row(HUSH, "- а у ом ем е и ей ам ами ах"),
    _row(TS, "- а у ом ем е ы ов ев ам ами ах"),
    _row(HARD, "ь я ю ем е и ей ям ями ях"),
    _row("аеоуыэюя", "й я ю ем е и ев ям ями ях"),
    _row(ANY, "ий ия ию ием ии иев иям иями иях"),
    _row(HARD, "а ы е у ой ою - ам ами ах"),
    _row(TS, "а ы е у ей ею - ам ами ах"),
    FEMININE_VELAR,
    _row(HUSH, "а и е у ей ею ой - ам ами ах"),
    FEMININE_SOFT,
    _row("аеоуыэюя", "я и е ю ей ею й ям ями ях"),
    _row(ANY, "ия ии ию ией иею ий иям иями иях"),
    _row(HARD, "ь и ью ей ям ями ях"),
    _row(HUSH, "ь и ью ей ам ами ах"),
    _row(HARD + VELAR, "о а у ом е - ам ами ах"),
    _row(HUSH + TS, "е а у ем - ам ами ах"),
    _row(HARD, "е я ю ем ей ям ями ях"),
    _row(ANY, "ие ия ию ием ии ий иям иями иях"),
    _row(HARD, "ье ья ью ьем ий ьев ьям ьями ьях"),
    _row("н", "ин ина ину ином ине е - ам ами ах"),
    _row(ANY, "енок енка енку енком енке ята ят ятам ятами ятах"),
    _row(ANY, "мя мени менем мена мен менам менами менах"),
)
LONG = "ый ая ое ые ого ому ым ом ой ую ою ых ыми"
LONG_SOFT = "ий яя ее ие его ему им ем ей юю ею их ими"
LONG_HUSH = "ий ая ее ие его ему им ем ей ую ею их ими"
ADJECTIVES = (
    _row(HARD, f"{LONG} - а о ы ее ейший ейшая ейшее ейшие ейшего ейшей ейших", "adjective"),
    _row(VELAR, "ий ая ое ие ого ому им ом ой ую ою их ими - а о и", "adjective"),
    _row(HUSH, f"{LONG_HUSH} ой ое ого ому ом - а о и", "adjective"),
    _row("н", LONG_SOFT, "adjective"),
    _row(HARD + HUSH, "ий ья ье ьи ьего ьей ьему ью ьим ьем ьих ьими", "adjective"),
)

# How a consonant changes before an ending that begins with the old j.
SOFTENED = (
    ("ст", "щ"), ("ск", "щ"), ("б", "бл"), ("п", "пл"), ("в", "вл"), ("м", "мл"), ("ф", "фл"),
    ("д", "ж"), ("д", "жд"), ("т", "ч"), ("т", "щ"), ("з", "ж"), ("с", "ш"), ("к", "ч"),
    ("г", "ж"), ("х", "ш"),
)  # fmt: skip


UNCHANGED = tuple("нлр" + HUSH + VOWEL)


class Verb(NamedTuple):
    """Endings behind the stem, and those (`soft`) behind the stem with its consonant changed;
    `active` and `passive` are stems of participles, which have the endings of adjectives.
    `against` are endings of other verbs with this past: встану says that встаю is not of встать."""

    last: str
    endings: str
    soft: str = ""
    active: str = ""
    passive: str = ""
    soft_passive: str = ""
    shortest: int = 2
    against: str = ""


def _first(vowel: str) -> Verb:
    """читать, гулять, болеть"""
    v = vowel
    present = f"{v}ю {v}ешь {v}ет {v}ем {v}ете {v}ют {v}й {v}йте {v}я"
    past = f"{v}ть {v}л {v}ла {v}ло {v}ли {v}в {v}вши"
    passive = f"{v}ем" if v == "е" else f"{v}ем {v}нн"
    against = f"{v}ст {v}шь {v}дут {v}нет {v}нут"
    return Verb(ANY, f"{present} {past}", "", f"{v}ющ {v}вш", passive, against=against)


def _with(past: str, present: str, **more: str) -> Verb:
    """A stem that is written out in both, behind whatever prefix."""
    return Verb(ANY, f"{past} {present}", shortest=0, **more)


def _past(v: str) -> str:
    return f"{v}ть {v}л {v}ла {v}ло {v}ли {v}в {v}вши"


SECOND = "ишь ит им ите и ь ьте"
VERBS = (
    _first("а"),
    _first("я"),
    _first("е"),
    Verb(ANY, f"{_past('ова')} ую уешь ует уем уете уют уй уйте уя", "", "ующ овавш", "уем ованн"),
    Verb(HUSH + TS, f"{_past('ева')} ую уешь ует уем уете уют уй уйте уя", "", "ующ евавш", "уем"),
    Verb(
        ANY,
        f"{_past('ну')} ну нешь нет нем нете нут ни ните нь ньте",
        "",
        "нувш нущ",
        "нут",
    ),
    Verb(HARD + VOWEL, f"{_past('и')} {SECOND} ят я й йте", "ю у", "ящ ивш", "им", "енн"),
    Verb(HUSH, f"{_past('и')} {SECOND} ат а", "у", "ащ ивш", "им", "енн"),
    Verb(HARD, f"{_past('е')} {SECOND} ят я", "ю у", "ящ евш", "им", "енн", 3),
    Verb(HUSH, f"{_past('а')} {SECOND} у ат а", "", "ащ авш", "анн", against="ает ают"),
    Verb("аеу", f"{_past('я')} ю ешь ет ем ете ют й йте я", "", "ющ явш"),
    Verb("о", f"{_past('я')} ишь ит им ите ю ят й йте я", "", "ящ явш", "", ""),
    Verb(
        "стзкхгдмпб",
        _past("а"),
        "у ю ешь ет ем ете ут ют и ите ь ьте а я",
        "авш",
        "анн",
        "",
        3,
    ),
    Verb("сз", "ти у ешь ет ем ете ут и ите я - ла ло ли", "", "ущ ш", "енн", ""),
    Verb(ANY, "сти ду дешь дет дем дете дут ди дите дя л ла ло ли", "", "дущ дш", "денн"),
    Verb("ая", "сть ду дешь дет дем дете дут ди дите дя л ла ло ли в", "", "дущ вш", "денн"),
    Verb(ANY, "сти ту тешь тет тем тете тут ти тите тя л ла ло ли", "", "тущ тш", "тенн"),
    Verb(ANY, "чь гу жешь жет жем жете гут ги гите г гла гло гли", "", "гущ гш", "женн"),
    Verb(ANY, "чь ку чешь чет чем чете кут ки ките к кла кло кли", "", "кущ кш", "ченн"),
    Verb(
        ANY,
        "ереть ру решь рет рем рете рут ри рите ер ерла ерло ерли ерев",
        "",
        "рущ ерш",
        "ерт",
        "",
        1,
    ),
    Verb("бвлпш", f"{_past('и')} ью ьешь ьет ьем ьете ьют ей ейте", "", "ьющ ивш", "ит", "", 1),
    Verb("рмвн", f"{_past('ы')} ою оешь оет оем оете оют ой ойте", "", "оющ ывш", "ыт", "", 1),
    _with(
        _past("жи"), "живу живешь живет живем живете живут живи живите живя", active="живущ живш"
    ),
    _with(_past("ста"), "стану станешь станет станем станете станут стань станьте", active="ставш"),
    _with(
        _past("де"),
        "дену денешь денет денем денете денут день деньте",
        active="девш",
        passive="дет",
    ),
    _with(_past("да"), "дам дашь даст дадим дадите дадут дай дайте", active="давш", passive="данн"),
    _with(
        _past("дава"),
        "даю даешь дает даем даете дают давай давайте давая",
        active="дающ дававш",
        passive="даваем",
    ),
    _with(
        _past("зна"), "знаю знаешь знает знаем знаете знают знай знайте зная", active="знающ знавш"
    ),
    _with(
        _past("знава"),
        "знаю знаешь знает знаем знаете знают знавай знавайте знавая",
        active="знающ знававш",
    ),
    _with(
        _past("става"),
        "стаю стаешь стает стаем стаете стают ставай ставайте ставая",
        active="стающ стававш",
    ),
    _with(
        "идти иду идешь идет идем идете идут иди идите идя", "шел шла шло шли", active="идущ шедш"
    ),
    _with(
        "йти йду йдешь йдет йдем йдете йдут йди йдите йдя",
        "шел шла шло шли",
        active="шедш",
        passive="йденн",
    ),
    _with(
        "прийти приду придешь придет придем придете придут приди придите придя",
        "пришел пришла пришло пришли",
        active="пришедш",
    ),
    _with(_past("еха"), "еду едешь едет едем едете едут едь", active="едущ ехавш"),
    _with(_past("бы"), "буду будешь будет будем будете будут будь будьте", active="бывш"),
    _with(
        _past("взя"),
        "возьму возьмешь возьмет возьмем возьмете возьмут возьми возьмите",
        active="взявш",
        passive="взят",
    ),
    _with(_past("ня"), "йму ймешь ймет ймем ймете ймут йми ймите", active="нявш", passive="нят"),
    _with(
        _past("ня"),
        "ниму нимешь нимет нимем нимете нимут ними нимите",
        active="нявш",
        passive="нят",
    ),
    _with(
        _past("приня"),
        "приму примешь примет примем примете примут прими примите",
        active="принявш",
        passive="принят",
    ),
    _with(_past("ча"), "чну чнешь чнет чнем чнете чнут чни чните", active="чавш", passive="чат"),
    _with(
        _past("бра"),
        "беру берешь берет берем берете берут бери берите беря",
        active="берущ бравш",
        passive="бранн",
    ),
    _with(
        _past("зва"),
        "зову зовешь зовет зовем зовете зовут зови зовите зовя",
        active="зовущ звавш",
        passive="званн",
    ),
    _with(
        _past("жда"),
        "жду ждешь ждет ждем ждете ждут жди ждите",
        active="ждущ ждавш",
        passive="жданн",
    ),
    _with(
        _past("сла"),
        "шлю шлешь шлет шлем шлете шлют шли шлите",
        active="шлющ славш",
        passive="сланн",
    ),
    _with(_past("спа"), "сплю спишь спит спим спите спят спи спите", active="спящ спавш"),
    _with(_past("хоте"), "хочу хочешь хочет хотим хотите хотят", active="хотящ хотевш"),
    _with(
        "мочь могу можешь может можем можете могут", "мог могла могло могли", active="могущ могш"
    ),
    _with(
        "сесть сяду сядешь сядет сядем сядете сядут сядь сядьте",
        "сел села село сели сев",
        active="севш",
    ),
    _with(
        "лечь лягу ляжешь ляжет ляжем ляжете лягут ляг лягте",
        "лег легла легло легли",
        active="легш",
    ),
    _with(
        "расти расту растешь растет растем растете растут расти растите",
        "рос росла росло росли",
        active="растущ росш",
    ),
)
SHORT = ("", "а", "о", "ы")
LONG_ONLY = ("ск", "цк", "ак", "шл", "ов")  # русский, какой, прошлый, мировой
NOT_LONG_ONLY = ("нов", "готов", "здоров", "суров")
REFLEXIVE = ("ся", "сь")
# Of imperatives and of печь, which nouns have, too.
WEAK = frozenset(
    {"", "ь", "ьте", "и", "ите", "я", "а", "й", "йте", "г", "ги", "гу", "к", "ки", "ку"}
)


def paradigms(word: str) -> Iterator[Row]:
    """Each paradigm that the word may belong to."""
    if word.endswith(REFLEXIVE) and len(word) > 4:
        for row in _as_verb(word[:-2]):
            yield Row(*map(_reflexive, row))
        return
    for paradigm in (*NOUNS, *ADJECTIVES):
        yield from _declined(paradigm, word)
    yield from _as_verb(word)


def _reflexive(forms: frozenset[str]) -> frozenset[str]:
    return frozenset(form + end for form in forms for end in REFLEXIVE)


def _as_verb(word: str) -> Iterator[Row]:
    for number in range(len(VERBS)):
        yield from _conjugated(number, word)


def _declined(paradigm: Paradigm, word: str) -> Iterator[Row]:
    """With each stem that the word may have in it."""
    for ending in paradigm.endings:
        if not word.endswith(ending):
            continue
        stem = word.removesuffix(ending) if ending else word
        for bare in _bare(stem) if ending in EMPTY else (stem,):
            fits = len(bare) >= SHORTEST and bare[-1] in paradigm.last
            fits &= ending != "" or bare != stem or not _needs_vowel(paradigm, stem)
            if fits and ending in _endings(paradigm, bare):
                found = _filled(paradigm, bare)
                yield Row(found, found)


def _endings(paradigm: Paradigm, stem: str) -> tuple[str, ...]:
    """Adjectives in -ский have no short forms, and such a stem is not that of a noun in -а."""
    if paradigm.kind == "adjective" and stem.endswith(LONG_ONLY) and stem not in NOT_LONG_ONLY:
        return tuple(ending for ending in paradigm.endings if len(ending) > 1)
    if not stem.endswith(("ск", "цк")):
        return paradigm.endings
    if paradigm is FEMININE_VELAR and len(stem) > 3 and stem[-3] not in VOWEL:
        return ()
    return paradigm.endings


def _filled(paradigm: Paradigm, stem: str) -> frozenset[str]:
    endings = _endings(paradigm, stem)
    found = {stem + ending for ending in endings}
    if _needs_vowel(paradigm, stem):
        found.discard(stem)
    for empty in (ending for ending in endings if ending in EMPTY):
        found |= {full + empty for full in _full(stem)}
    return frozenset(found)


def _needs_vowel(paradigm: Paradigm, stem: str) -> bool:
    """Without an ending there is a fleeting vowel for certain: песня, песен; горный, горен."""
    hard_to_say = stem[-1] in "нкг" and stem[-2] not in VOWEL
    return paradigm is FEMININE_SOFT or (paradigm.kind == "adjective" and hard_to_say)


def _bare(stem: str) -> Iterable[str]:
    """Without a fleeting vowel, and as it is: отец, отц."""
    yield stem
    if len(stem) > 2 and stem[-1] not in VOWEL and stem[-2] in FLEETING and stem[-3] not in VOWEL:
        yield stem[:-2] + stem[-1]
        if stem[-3] == "л":
            yield f"{stem[:-2]}ь{stem[-1]}"


def _full(stem: str) -> Iterable[str]:
    """With a fleeting vowel: окн, окон; чашк, чашек; письм, писем."""
    if len(stem) > 2 and stem[-1] not in VOWEL and stem[-2] not in VOWEL:
        start = stem[:-2] if stem[-2] in "ьй" else stem[:-1]
        for vowel in FLEETING:
            yield start + vowel + stem[-1]


class VerbEndings(NamedTuple):
    """`finite` and `participles` stand behind the stem, the two others behind the changed one."""

    finite: frozenset[str]
    participles: frozenset[str]
    soft: frozenset[str]
    soft_participles: frozenset[str]


@cache
def _verb_endings(number: int) -> VerbEndings:
    verb = VERBS[number]
    finite = frozenset("" if ending == "-" else ending for ending in verb.endings.split())
    active = {part + ending for part in verb.active.split() for ending in LONG_HUSH.split()}
    participles = frozenset({*active, *_passive(verb.passive)})
    return VerbEndings(
        finite, participles, frozenset(verb.soft.split()), frozenset(_passive(verb.soft_passive))
    )


def _passive(parts: str) -> Iterator[str]:
    for part in parts.split():
        yield from (part + ending for ending in LONG.split())
        short = part.removesuffix("н") if part.endswith("нн") else part
        yield from (short + ending for ending in SHORT)


def _conjugated(number: int, word: str) -> Iterator[Row]:
    verb, own = VERBS[number], _verb_endings(number)
    for stem in _verb_stems(own, word):
        if len(stem) < verb.shortest or (stem and stem[-1] not in verb.last):
            continue
        changed = _changed(stem)
        finite = {stem + ending for ending in own.finite if ending not in WEAK}
        soft = {one + end for one in changed for end in own.soft - WEAK if _fits(one, end)}
        others = {stem + ending for ending in own.participles | (own.finite & WEAK)}
        others |= {one + end for one in changed for end in own.soft_participles | own.soft & WEAK}
        against = frozenset(stem + ending for ending in verb.against.split())
        yield Row(frozenset(finite | soft | others), frozenset(finite | soft), against)


def _verb_stems(own: VerbEndings, word: str) -> set[str]:
    plain = own.finite | own.participles
    stems = {word.removesuffix(e) if e else word for e in plain if word.endswith(e)}
    for ending in own.soft | own.soft_participles:
        changed = word.removesuffix(ending)
        if word.endswith(ending) and _fits(changed, ending):
            stems |= {_swapped(changed, new, old) for old, new in SOFTENED if changed.endswith(new)}
            if changed.endswith(UNCHANGED):
                stems.add(changed)
    return stems


def _changed(stem: str) -> set[str]:
    found = {_swapped(stem, old, new) for old, new in SOFTENED if stem.endswith(old)}
    return found | ({stem} if stem.endswith(UNCHANGED) else set())


def _swapped(stem: str, old: str, new: str) -> str:
    return stem.removesuffix(old) + new


def _fits(changed: str, ending: str) -> bool:
    """пишу, люблю: one letter for the same sound."""
    return ending not in ("ю", "у") or (ending == "у") == changed.endswith(tuple(HUSH))
