"""What a few words look like: a phone number, a website, a role, a company, a person's name, a sentence."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import available_timezones

from anyascii import anyascii

from bot.slack.quicktext import words as known
from bot.slack.quicktext.marks import shadow

LONGEST_READ = 4000
"""So many letters of a message are searched for a phone number."""
LONGEST = 150
"""Longer than so many letters nothing is but a sentence."""

_PHONE = re.compile(
    r"(?P<number>[+(]?\d[\d\s()/.+-]{4,}\d)(?:\s*[,;]?\s*(?:x|ext\.?|extension|durchwahl|dw|poste|int\.|interno|ramal|anexo|toestel|app\.?|apparat|nebenstelle|nst\.?|klappe|anknytning|#)\s*\d{1,6})?",
    re.IGNORECASE,
)
_PHONE_LABEL = re.compile(
    rf"(?:{'|'.join(map(re.escape, known.PHONE_LABELS))})\.?\s*:?\s+(?=[+(\d])|[☎📞📱🕿☏✆]\ufe0f?\s*", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SITE = re.compile(r"(?:https?://\S+|(?:[\w-]+\.)+[a-z]{2,24}(?:/\S*)?)", re.IGNORECASE)
_NUMBER = re.compile(r"[#§~<>]?\s*\d[\d\s.,'_-]*(?:%|\+|k|m)?", re.IGNORECASE)
_EMPLOYEES = re.compile(
    r"(\d[\d\s.,']*)\s*(?:employees|people|staff|fte|ftes|mitarbeiter|mitarbeitende|ma|salariés|empleados|dipendenti|medewerkers)\.?",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:lead )?score:?\s+(\d{1,7})", re.IGNORECASE)
_AND = re.compile(r"\s(?:and|und|et|&|\+)\s", re.IGNORECASE)
_DOTTED = re.compile(r"(?:[^\W\d_]\.){2,5}")
"""As most countries write their legal forms: v.o.s., S.A.B."""
_ANOTHER = re.compile(
    r"\b(?:boss|colleague|assistant of|successor|predecessor|husband|wife|reports to|cc|instead|"
    r"(?:call|contact|ask|e?mail|write(?: to)?|ping|met|meet|talk to|speak (?:to|with))\s+"
    r"(?!her\b|him\b|them\b|us\b|me\b|back|on\b|at\b|in\b|by\b|for\b|about|today|tomorrow|again|asap|next|after"
    r"|before|soon|the\b|a\b|an\b|whether|if\b|how|when|what)\w+)",
    re.IGNORECASE,
)
"""Words on somebody else, or that are followed by whom they are about."""
_MARKS = re.compile("|".join(map(re.escape, known.LEGAL_MARKS)), re.IGNORECASE)
_PHRASE = re.compile(rf"[ ,](?:{'|'.join(map(re.escape, known.LEGAL_PHRASES))})$", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouyhwj`']")
_JOINING = frozenset({"and", "und", "et", "of", "for", "fur", "the", "fuer", "pour", "per", "och", "og", "i"})
_PREPOSITIONS = frozenset(
    {"at", "from", "in", "on", "with", "via", "by", "bei", "chez", "who", "which", "to", "about", "as"}
)
_NO_NAME = (
    known.ROLE_WORDS
    | known.SENTENCE_STARTS
    | known.SOURCE_WORDS
    | known.DEPARTMENTS
    | known.BUSINESS
    | known.PLACES
    | _PREPOSITIONS
) - frozenset({"chase", "may", "april", "summer", "friday", "winter", "will", "club"})
_TEMPERATURES = frozenset(
    {"hot", "warm", "new", "cold", "good", "great", "qualified", "mql", "sql", "next", "my", "our", "the", "a"}
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "or", "ne", "edu", "gv"})


def fold(text: str) -> str:
    """Lower case, Latin letters, no marks: what a name and the address made of it have in common."""
    return anyascii(text).lower()


@lru_cache(maxsize=2048)
def letters(text: str) -> str:
    """Only the letters and digits of it, folded."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def letters_german(text: str) -> str:
    """The same, an umlaut as two letters."""
    return letters(_german(text.lower()))


def _german(text: str) -> str:
    """The same with the letters that an umlaut stands for, as addresses have them."""
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe")):
        text = text.replace(letter, two)
    return text


@lru_cache(maxsize=512)
def folded_words(text: str) -> tuple[str, ...]:
    """The words of a name, folded. What is written without spaces between its syllables falls apart into them."""
    found = (
        re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", anyascii(text))
        if not latin(text)
        else re.findall(r"[a-z0-9]+", fold(text))
    )
    return tuple(word.lower() for word in found)


def latin(text: str) -> bool:
    """Whether it is written in Latin letters."""
    return all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x2100 for c in text if c.isalpha())


def skeleton(text: str) -> str:
    """The consonants: scripts without vowels have no more, and others are written in many ways."""
    text = text.replace("x", "ks").replace("ph", "f").replace("c", "k").replace("q", "k").replace("z", "s")
    return re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", text))


@dataclass(frozen=True)
class Address:
    """What an e-mail address says of its person and of their company."""

    local: str = ""
    label: str = ""
    domain: str = ""

    @classmethod
    def of(cls, email: str) -> "Address":
        """`label` is the company's part of the domain; empty where the domain is a provider's."""
        local, _, domain = email.lower().rpartition("@")
        parts = domain.split(".")[:-1]
        if len(parts) > 1 and parts[-1] in _SECOND_LEVEL:
            parts.pop()
        label = parts[-1] if parts else ""
        return cls(local.split("+")[0], "" if label in known.FREE_MAIL else letters(label), domain)

    @property
    def is_generic(self) -> bool:
        """Whether it is a box rather than a person's, or says nothing."""
        return letters(self.local) in known.GENERIC_BOXES or len(letters(self.local)) < 3

    def names_person(self, text: str) -> int:
        """How well it agrees with this being the person's name: 0 not at all, 3 surely."""
        tokens = [part for part in re.split(r"[^a-z]+", fold(self.local)) if part]
        whole = "".join(tokens)
        if not whole or self.is_generic:
            return 0
        best = 0
        for variant in {text, _german(text.lower())}:
            spoken = [
                word
                for word in folded_words(variant)
                if word.isalpha() and word not in known.SUFFIXES | known.HONORIFICS
            ]
            best = max(best, _made_of(whole, tokens, spoken * 2 if len(spoken) == 1 else spoken))
        if best < 2 and not latin(text):
            best = max(best, _sounds_like(tokens, [word for word in folded_words(text) if word.isalpha()]))
        return best

    def nothing_else(self, text: str) -> bool:
        """Whether this name has no words in it that are none of a name's, besides those that the address has too."""
        if "," in text and not all(suffix(one.strip()) for one in text.split(",")[1:]):
            return False
        spoken = [one for one in re.split(r"[\s,]+", text) if letters(one) not in known.SUFFIXES | known.HONORIFICS]
        others = [one for one in spoken if not self._has(one, self.local)]
        if len(spoken) > 6 or any(c in "@<>[]{}()=:;#%|/\\" or c.isdigit() for one in others for c in one):
            return False
        if any(_DOTTED.fullmatch(one) for one in spoken[1:]):
            return False
        low = text.islower() and latin(text)
        named = all(letters(one) not in _NO_NAME and (low or _capital(one)) for one in others)
        return named and not (low and len(spoken) > 3)

    def nothing_but(self, text: str) -> bool:
        """Whether this company has no words in it that are none of a company's, besides those of the domain."""
        spoken = re.split(r"[\s,]+", without_legal(text) if latin(text) else text)
        others = [one for one in spoken if not self._has(one, self.domain)]
        if len(spoken) > 8 or any(c in "@<>[]{}=:;#%|" for one in others for c in one):
            return False
        names = has_legal_form(text) or not latin(text) or text.islower()
        if any(letters(one) in known.SENTENCE_STARTS | known.ROLE_WORDS | _PREPOSITIONS for one in others):
            return False
        first, *behind = re.split(r"[\s,]+", text)
        if behind and letters(first) in known.SUFFIXES:
            return False
        elsewhere = place(text) and self.names_company(text) < 3
        if not has_legal_form(text) and (elsewhere or any(letters(one) in known.SOURCE_WORDS for one in others)):
            return business_word(text)
        return names or all(_capital(one) for one in others)

    def has_all_of(self, text: str) -> bool:
        """Whether every word of this name is in the address."""
        skipped = known.HONORIFICS | known.SUFFIXES | known.PARTICLES
        return all(self._has(one, self.local) for one in re.split(r"[\s,]+", text) if letters(one) not in skipped)

    def has_in_order(self, first: str, last: str) -> bool:
        """Whether it is made of the first name or its initial, and of the last name or a word of it, in this order
        and in no other."""
        return self._made_in_order(first, last) and not self._made_in_order(last, first)

    def _made_in_order(self, first: str, last: str) -> bool:
        whole = re.sub(r"[^a-z]", "", fold(self.local))
        for spell in (letters, letters_german):
            begin, ends = spell(first), [spell(last), *map(spell, re.split(r"[\s-]+", last))]
            if begin and any(len(end) > 1 and whole in (begin + end, begin[0] + end) for end in ends):
                return True
        return False

    def resembles(self, text: str) -> bool:
        """Whether it begins as a word of this name does, or is within one: liz, ben, alex."""
        local = letters(self.local)
        return any(local[:3] in word or word[:3] in local for word in folded_words(text) if len(word) > 2)

    @staticmethod
    def _has(word: str, where: str) -> bool:
        return any(
            (len(one) > 1 or one.isdigit()) and one in letters(where)
            for one in (letters(word), letters(_german(word.lower())))
        )

    def names_company(self, text: str) -> int:
        """How well it agrees with this being the company: 0 not at all, 3 surely."""
        return max(_in_domain(self.label, variant) for variant in (text, _german(text.lower()))) if self.label else 0


def _made_of(whole: str, tokens: list[str], words: list[str]) -> int:
    """Whether the letters before the @ are made of these words and their initials."""
    if not words or len(words) > 6 or len(whole) > 64:
        return 0
    full = _spelled(whole, tuple(words))
    if full > 2 or (full and len(whole) > 3):
        return min(full, 3)
    if any(len(token) > 2 and (token in words or _spelled(token, tuple(words)) >= 4) for token in tokens):
        return 2
    return 2 if len(whole) > 1 and whole == "".join(word[0] for word in words) else 0


@lru_cache(maxsize=4096)
def _spelled(text: str, words: tuple[str, ...]) -> int:
    """The longest word in a way to make the text of these words, each taken once, whole or by its initial; 0: none."""
    if not text:
        return 1
    best = 0
    for place, word in enumerate(words):
        rest = words[:place] + words[place + 1 :]
        for piece in (word, word[0]):
            if text.startswith(piece):
                found = _spelled(text[len(piece) :], rest)
                best = max(best, max(found, len(piece)) if found else 0)
    return best


def _sounds_like(tokens: list[str], words: list[str]) -> int:
    """The same by consonants, for scripts that are put into Latin letters in many ways."""
    spoken = [bones for word in words if (bones := skeleton(word))]
    heard = [skeleton(token) for token in tokens]
    if len("".join(heard)) < 2:
        return 0
    if all(bones in spoken for bones in heard):
        return 3 if len(heard) > 1 or len(heard[0]) > 2 else 2
    whole = "".join(heard)
    pairs = [f"{a}{b}" for a in spoken for b in spoken if a != b]
    initials = [f"{a[0]}{b}" for a in spoken for b in spoken if a != b]
    return 2 if len(whole) > 2 and skeleton(whole) in {skeleton(one) for one in (*pairs, *initials, *spoken)} else 0


def _in_domain(label: str, text: str) -> int:
    spoken = [word for word in folded_words(without_legal(text)) if word not in ("the", "and", "und", "et")]
    joined = "".join(spoken)
    if not joined:
        return 0
    if label in (joined, "".join(folded_words(text)), joined.removeprefix("the")):
        return 3
    for both in (("&", "and"), ("&", "und"), ("&", "n")):
        if both[0] in text and label == letters(without_legal(text).replace(*both)):
            return 3
    shorter, longer = sorted((label, joined), key=len)
    if len(shorter) >= 4 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return 2
    if any((len(word) > 3 and word in label) or (len(word) == 3 and word == label) for word in spoken):
        return 2
    if len(spoken) > 1 and len(label) > 1 and label in (_initials(text), _initials(text.replace("&", " n "))):
        return 2
    if len(label) < 5 and label[0] == joined[0] and _within(label, joined):
        return 2
    bones = skeleton(label)
    heard = not latin(text) and len(bones) > 2 and bones in (skeleton(joined), *(skeleton(word) for word in spoken))
    return 2 if heard else 0


def _initials(text: str) -> str:
    return "".join(word[0] for word in folded_words(text))


def _within(few: str, many: str) -> bool:
    """Whether these letters stand there in this order: vw in volkswagen."""
    rest = iter(many)
    return all(letter in rest for letter in few)


def _capital(word: str) -> bool:
    first = word.lstrip("'’\"(.-&+")
    return (
        not first[:1].isalpha()
        or first[:1].isupper()
        or not first[:1].islower()
        or letters(word) in known.PARTICLES | _JOINING
    )


# Companies.


def legal_form(text: str) -> bool:
    """Whether it is nothing but a legal form, as in `Acme, Inc.`"""
    compact = re.sub(r"[.\s]", "", text)
    if text.lower().strip(" .") in {phrase.strip(" .") for phrase in known.LEGAL_PHRASES}:
        return True
    return letters(compact) in known.LEGAL and len(text) < 20


def has_legal_form(text: str) -> bool:
    """Whether a legal form stands at one end of it, or within where a script writes no spaces."""
    if _MARKS.search(text) or _PHRASE.search(text):
        return True
    parts = re.split(r"[\s,]+", text.strip(" ,"))
    return len(parts) > 1 and (_certain_form(parts[-1]) or parts[0].strip(".") in ("PT", "CV", "SC", "OOO", "AO"))


def _certain_form(word: str) -> bool:
    form = letters(word)
    if form in known.LEGAL_LOOSE or (_DOTTED.fullmatch(word) and form not in known.SUFFIXES):
        return True
    return form in known.LEGAL and (
        word.replace(".", "").isupper() or "." in word or word in ("Co", "KGaA", "Oy", "Ab", "Oyj")
    )


@lru_cache(maxsize=512)
def without_legal(text: str) -> str:
    """The company's name without its legal form."""
    name = _MARKS.sub(" ", text)
    if phrase := _PHRASE.search(name):
        name = name[: phrase.start()]
    parts = name.split()
    while len(parts) > 1 and (letters(parts[-1]) in known.LEGAL or _DOTTED.fullmatch(parts[-1])):
        parts.pop()
    return " ".join(parts).strip(" ,.") or text


def business_word(text: str) -> bool:
    return len(text.split()) > 1 and any(word in known.BUSINESS for word in folded_words(text))


# Persons.


def suffix(text: str) -> bool:
    """Whether it is nothing but what stands behind a name: Jr., MD, Ph.D."""
    return len(text) <= 8 and letters(text) in known.SUFFIXES


def honorific(text: str) -> bool:
    first = text.split(maxsplit=1)
    return len(first) > 1 and letters(first[0]) in known.HONORIFICS and ("." in first[0] or len(first[0]) > 1)


def name_shaped(text: str) -> bool:
    """Two to six words that begin with capitals, or particles between them; or another script than Latin."""
    if any(c.isdigit() or c in "@<>[]{}()=#%&+/\\_*:!?" for c in text) or "," in text:
        return False
    parts = text.split()
    if not latin(text):
        return len(parts) <= 5 and any(c.isalpha() for c in text)
    rest = [part for part in parts if letters(part) not in known.PARTICLES]
    return 2 <= len(parts) <= 6 and len(rest) >= 1 and all(part.lstrip("'’(\"")[:1].isupper() for part in rest)


def several(text: str) -> bool:
    """Whether it may name two people."""
    return _AND.search(text) is not None


def halves_of_name(one: str, other: str) -> bool:
    """Whether two parts may be first and last name, in whatever order."""
    return len(f"{one} {other}".split()) < 4 and all(
        re.sub(r"[ '’-]", "", text).isalpha()
        and _capital(text)
        and not any(kind(text) for kind in (role, department, sourceish, place))
        for text in (one, other)
    )


def of_another(text: str) -> bool:
    """Whether a few words are on somebody else than the lead: `wants us to call Bob Ray`, `talk to her boss`."""
    spoken = text.split()
    named = any(a[:1].isupper() and b[:1].isupper() for a, b in pairwise(spoken[1:]))
    return _ANOTHER.search(text) is not None or (named and sentence(text))


# Roles, sources, sentences, places.


def role(text: str) -> bool:
    """Whether it says what somebody does. Never what has an @, a bracket or a number in it."""
    if len(text) > 80 or re.search(r"[\d@<>\[\]{}()|=]", text):
        return False
    low = text.lower()
    spoken = {*folded_words(text), *re.split(r"[^a-z]+", fold(_german(low)))}
    return bool(spoken & known.ROLE_WORDS) or any(mark in low for mark in known.ROLE_MARKS)


def nothing_but_role(text: str, company: str) -> bool:
    """Whether a role has nothing else in it: no other company than this behind it, no source, no word on the lead."""
    spoken = folded_words(text)
    if len(text.split()) > 8 or any(word in _PREPOSITIONS or word in known.SENTENCE_STARTS for word in spoken):
        return False
    if spoken and spoken[-1] in known.SOURCE_WORDS and not _JOINING & set(spoken) and len(spoken) > 1:
        return False
    if not about_work(text, company):
        return False
    only_lead = not (set(spoken) & known.ROLE_WORDS) - {"lead", "student"} and "lead" in spoken
    return not (only_lead and (set(spoken) & (known.SOURCE_WORDS | _TEMPERATURES) or len(spoken) == 1))


def about_work(text: str, company: str) -> bool:
    """Whether behind the last word for a role stand only words for what it is about: VP Sales, not CEO Bob Ray. Behind
    `of` it may be this company, and whatever is written small: responsable des achats."""
    if not latin(text):
        return True
    spoken = re.split(r"[\s,/&-]+", text)
    folded = [
        letters(_german(word.lower())) if letters(word) not in known.ROLE_WORDS else letters(word) for word in spoken
    ]
    last = max((place for place, word in enumerate(folded) if word in known.ROLE_WORDS), default=len(folded))
    behind = [(word, letters(word)) for word in spoken[last + 1 :]]
    usual = known.DEPARTMENTS | known.FUNCTIONS | known.SUFFIXES | known.PLACES | _JOINING | known.PARTICLES
    if behind and behind[0][1] in _JOINING | known.PARTICLES:
        if folded[last] in ("assistant", "secretary", "assistenz"):
            return False
        usual = usual | set(folded_words(company))
        small = not text.islower()
        return all(low in usual or (small and word[:1].islower()) for word, low in behind)
    return all(low in usual for _, low in behind)


def department(text: str) -> bool:
    return fold(text).strip() in known.DEPARTMENTS


def source(text: str) -> bool:
    return " ".join(fold(text).split()) in known.SOURCES


def sourceish(text: str) -> bool:
    return any(word in known.SOURCE_WORDS for word in folded_words(text))


def place(text: str) -> bool:
    """Whether it is, or has in it, the name of a city or a country."""
    low = " ".join(folded_words(text))
    return low in known.PLACE_PHRASES | _cities() or any(word in known.PLACES for word in low.split())


@cache
def _cities() -> frozenset[str]:
    """The cities after which time zones are called."""
    return frozenset(zone.rpartition("/")[2].replace("_", " ").lower() for zone in available_timezones() if "/" in zone)


def sentence(text: str) -> bool:
    """Whether it is plainly a sentence: it begins with a word that tells of somebody, or has many words."""
    spoken = [word for word in text.split() if word[:1].isalpha()]
    if len(text) > LONGEST or len(spoken) >= 8:
        return True
    if len(spoken) < 2:
        return False
    begins = letters(spoken[0]) in known.SENTENCE_STARTS or letters(_german(spoken[0].lower())) in known.SENTENCE_STARTS
    return begins or (spoken[0][:1].islower() and len(spoken) >= 5)


# Numbers and addresses.


def site(text: str) -> bool:
    return _SITE.fullmatch(text) is not None


def number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def employees(text: str) -> str | None:
    """The number of employees, where it says so."""
    found = _EMPLOYEES.fullmatch(text)
    return found[1].strip() if found else None


def score(text: str) -> str | None:
    """The score, where it says so."""
    found = _SCORE.fullmatch(text)
    return found[1] if found else None


def without_phone_label(text: str) -> str:
    return _PHONE_LABEL.sub("", text, count=1) if _PHONE_LABEL.match(text) else text


def phone(text: str, country: str) -> bool | None:
    """Whether it is a phone number: True surely, None perhaps, False no. National forms are those of this country (two
    letters; empty: any country's)."""
    marks = shadow(text)
    found = _PHONE.fullmatch(marks)
    if found is None or _DATE.fullmatch(marks) or _GROUPED.fullmatch(marks):
        return False
    digits = re.sub(r"\D", "", found["number"])
    if not 7 <= len(digits) <= 17:
        return None if marks[:1] in "+0(" and len(digits) >= 5 else False
    if marks.startswith(("+", "00")):
        return True if _valid(marks if marks[0] == "+" else f"+{marks[2:]}", None) else None
    if country and _valid(marks, country):
        return True
    groups = re.findall(r"\d+", found["number"])
    usual = marks[0] in "0(" or re.fullmatch(r"\d{3}[-. ]\d{3}[-. ]\d{4}", found["number"])
    return True if usual and (len(groups) > 1 or len(digits) > 8) else None


def phone_in(text: str, country: str) -> str | None:
    """The first phone number in a text, as it stands there."""
    import phonenumbers  # noqa: PLC0415 - as below

    found = next(iter(phonenumbers.PhoneNumberMatcher(text[:LONGEST_READ], country or None)), None)
    return None if found is None else str(found.raw_string)


def _valid(text: str, country: str | None) -> bool:
    """Whether the number exists by the numbering plans, as the library `phonenumbers` knows them."""
    import phonenumbers  # noqa: PLC0415 - 100 ms and 10 MB that only who types a number needs

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False
