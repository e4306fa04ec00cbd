"""The forms of an English word: plural, third person, past, participles, comparison; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llmchat.store.search.forms.paradigm import WordForms

VOWELS = "aeiou"
PREFIXES = ("under", "over", "fore", "with", "out", "mis", "for", "re", "un", "up", "be")
# Stems with these ends have lost an e: creating, giving, changing.
BEFORE_E = (
    "at", "iz", "iv", "uc", "us", "os", "ag", "ang", "dg", "bl", "pl", "tl", "dl", "gl", "v", "u",
)  # fmt: skip
# The base, then its irregular forms.
IRREGULAR = """\
arise arose arisen|be am is are was were been|bear bore borne born|beat beaten|become became|
begin began begun|bend bent|bet|bid bade bidden|bind bound|bite bit bitten|bleed bled|
blow blew blown|break broke broken|breed bred|bring brought|build built|burn burnt|burst|
buy bought|cast|catch caught|choose chose chosen|cling clung|come came|cost|creep crept|cut|
deal dealt|die dying|dig dug|do does did done|draw drew drawn|dream dreamt|drink drank drunk|
drive drove driven|dwell dwelt|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|
find found|flee fled|fling flung|fly flew flown|forbid forbade forbidden|forget forgot forgotten|
forgive forgave forgiven|freeze froze frozen|get got gotten|give gave given|go goes went gone|
grind ground|grow grew grown|hang hung|have has had|hear heard|hide hid hidden|hit|hold held|hurt|
keep kept|kneel knelt|know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|
leave left|lend lent|let|lie lay lain lying|light lit|lose lost|make made|mean meant|meet met|
panic panicked panicking|pay paid|prove proven|put|quit|read|ride rode ridden|ring rang rung|
rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent|set|sew sewn|
shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|shut|sing sang sung|
sink sank sunk|sit sat|sleep slept|slide slid|smell smelt|speak spoke spoken|speed sped|
spell spelt|spend spent|spill spilt|spin spun|spit spat|split|spoil spoilt|spread|
spring sprang sprung|stand stood|steal stole stolen|stick stuck|sting stung|strike struck stricken|
strive strove striven|swear swore sworn|sweep swept|swell swollen|swim swam swum|swing swung|
take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|tie tying|
tread trod trodden|understand understood|wake woke woken|wear wore worn|weave wove woven|weep wept|
win won|wind wound|write wrote written|sling slung|string strung|stride strode stridden|
wring wrung|slay slew slain|shear shorn|stink stank stunk|strew strewn|sow sown|mow mown|hew hewn|
man men|woman women|child children|foot feet|tooth teeth|goose geese|mouse mice|louse lice|ox oxen|
person people|life lives|wife wives|knife knives|leaf leaves|half halves|self selves|shelf shelves|
wolf wolves|thief thieves|loaf loaves|calf calves|elf elves|scarf scarves|hoof hooves|
dwarf dwarves|wharf wharves|axis axes|datum data|medium media|bacterium bacteria|
criterion criteria|phenomenon phenomena|stimulus stimuli|focus foci|nucleus nuclei|fungus fungi|
cactus cacti|radius radii|alumnus alumni|syllabus syllabi|index indices|appendix appendices|
matrix matrices|vertex vertices|quiz quizzes|good better best|bad worse worst|
far farther farthest further furthest|little less least|much more most"""
# They look like a plural (news, ours) or a word that has one (these, theses), and are not.
ALONE = frozenset(("news", "hers", "ours", "yours", "theirs", "these"))
# Nouns whose plural other nouns share: firemen, housewives, grandchildren.
COMPOUNDED = ("man", "woman", "child", "foot", "tooth", "mouse", "wife", "knife", "shelf", "wolf")
# Adjectives known to have comparisons; of others they count only if the superlative is in use.
COMPARED = """\
angry big black bright broad busy cheap clean clear clever close cold cool crazy dark deep dirty
dry dumb early easy fair fast fat few fine firm flat fresh friendly full funny great happy hard
healthy heavy high hot hungry kind large late lazy light likely lonely long loose loud lovely low
lucky mild narrow near neat new nice noisy old plain poor pretty proud quick quiet rare rich rough
round sad safe sharp short sick silly simple slim slow small smart smooth soft steep strange
strict strong sunny sweet tall tasty thick thin tight tiny tough ugly warm weak wealthy wet white
wide wild wise young"""


def paradigms(word: str) -> Iterator[WordForms]:
    """The paradigms that the word may belong to."""
    yield from (WordForms(row, row) for row in _regular_rows(word))
    yield from (WordForms(row, row, certain=True) for row in _written_out(word))
    yield from _compared(word)
    if word.endswith(("sis", "ses")):  # diagnoses, which are of to diagnose as well
        row = frozenset({word[:-3] + "sis", word[:-3] + "ses"})
        yield WordForms(row, row, certain=True)


def _regular_rows(word: str) -> Iterator[frozenset[str]]:
    for base in {word, *_bases(word)}:
        if base != word and {base, word} & ALONE:
            continue
        if len(base) > 2 and any(letter in "aeiouy" for letter in base):
            row = _regular(base)
            if word in row:  # hoped is not a form of hop
                yield row


def _written_out(word: str) -> Iterator[frozenset[str]]:
    for prefix in ("", *(p for p in PREFIXES if word.startswith(p))):
        for base in _irregular().get(word.removeprefix(prefix), ()):
            own = {*_regular(base), *base_forms(base)}
            yield frozenset(prefix + form for form in own)
    for base in COMPOUNDED:
        for ending in base_forms(base):
            if word.endswith(ending) and word != ending:
                begin = word.removesuffix(ending)
                yield frozenset(begin + form for form in base_forms(base))


@cache
def _rows() -> dict[str, tuple[str, ...]]:
    rows = (row.split() for row in IRREGULAR.replace("\n", " ").split("|"))
    return {row[0]: tuple(row) for row in rows}


def base_forms(base: str) -> tuple[str, ...]:
    return _rows()[base]


@cache
def _irregular() -> dict[str, list[str]]:
    """The bases of each irregular form."""
    found: dict[str, list[str]] = {}
    for base, row in _rows().items():
        for form in {*row, *_regular(base)}:
            found.setdefault(form, []).append(base)
    return found


def _regular(base: str) -> frozenset[str]:
    short = base
    if base.endswith("y") and base[-2] not in VOWELS:
        return frozenset({base, base[:-1] + "ies", base[:-1] + "ied", base + "ing"})
    if base.endswith("e"):
        short = base[:-1] if not base.endswith(("ee", "oe", "ye")) else base
        return frozenset({base, base + "s", base + "d", short + "ing"})
    hisses = base.endswith(("s", "x", "z", "ch", "sh", "o"))
    found = {base, base + "ed", base + "ing", base + ("es" if hisses else "s")}
    if base.endswith("o"):
        found.add(base + "s")
    if _may_double(base):
        if len(re.findall("[aeiouy]+", base)) == 1:  # sit, sitting; but focused and focussed
            found -= {base + "ed", base + "ing"}
        found |= {base + base[-1] + "ed", base + base[-1] + "ing"}
    return frozenset(found)


def _may_double(base: str) -> bool:
    last, before = base[-1], base[-2]
    return last not in "aeiouwxyh" and before in VOWELS and base[-3] not in VOWELS


def _bases(word: str) -> Iterator[str]:
    if word.endswith(("ies", "ied")):
        yield word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "ics")):
        yield word[:-1]
        if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
            yield word[:-2]
    for ending in ("ed", "ing"):
        if word.endswith(ending):
            yield from _unbound(word.removesuffix(ending))


def _unbound(stem: str) -> Iterator[str]:
    """The possible bases of a word in -ed or -ing: make, stop, play, agree."""
    if len(stem) < 2:
        return
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "aeiou":
        yield stem[:-1]
        if stem[-1] in "lsfz":
            yield stem
        return
    if stem.endswith(BEFORE_E):
        yield stem + "e"
        return
    yield stem
    if stem[-1] not in "aiouy":
        yield stem + "e"


def _compared(word: str) -> Iterator[WordForms]:
    """The comparison of an adjective: big, bigger, biggest. A corner is not the comparative of
    corn."""
    bases = {word, *_positive(word)}
    for base in bases & _known_to_compare() or bases:
        if len(base) < 3:
            continue
        short = base[:-1] if base[-1] in "ey" else base
        short += "i" if base[-1] == "y" else base[-1] if _may_double(base) else ""
        row = frozenset({base, short + "er", short + "est"})
        if word in row:
            yield WordForms(row, row if base in _known_to_compare() else frozenset({short + "est"}))


@cache
def _known_to_compare() -> frozenset[str]:
    return frozenset(COMPARED.split())


def _positive(word: str) -> Iterator[str]:
    for ending in ("er", "est"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            yield from (stem, stem + "e")
            if stem[-1] == "i":
                yield stem[:-1] + "y"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
