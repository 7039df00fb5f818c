"""Tells what an e-mail address says about its person and their company."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.slack.quicktext import words as known
from bot.slack.quicktext.companies import DOTTED, business_word, has_legal_form, without_legal
from bot.slack.quicktext.looks import names_place, suffix
from bot.slack.quicktext.spelling import (
    capital,
    fold,
    folded_words,
    latin,
    letters,
    letters_german,
    skeleton,
    spellings,
)

_BETWEEN = re.compile(r"[\s,]+")
_NO_LETTERS = re.compile(r"[^a-z]+")
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "or", "ne", "edu", "gv"})


# Words before the @ of an address that belongs to no person.
_BOXES = known.GENERIC_BOXES | known.DEPARTMENTS | known.ROLE_WORDS | known.PREMISES
# What stands before or behind a name.
_TITLES = known.SUFFIXES | known.HONORIFICS
# Words that no company's name has, unless they are in its domain.
_NO_COMPANY = known.SENTENCE_STARTS | known.ROLE_WORDS | known.PREPOSITIONS


@dataclass(frozen=True)
class Address:
    """What an e-mail address says about its person and their company."""

    local: str = ""
    # The company's part of the domain. Empty if the domain names only a mail product.
    label: str = ""
    domain: str = ""
    # False for a provider's address: its person may work anywhere.
    tells_company: bool = False

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, email: str) -> "Address":
        local, _, domain = email.lower().rpartition("@")
        parts = domain.split(".")[:-1]
        if len(parts) > 1 and parts[-1] in _SECOND_LEVEL:
            parts.pop()
        label = parts[-1] if parts else ""
        name = "" if label in known.MAIL_PRODUCTS and domain not in known.EMPLOYERS else letters(label)
        free = label in known.FREE_MAIL and domain not in known.EMPLOYERS
        return cls(local.split("+")[0], name, domain, bool(name) and not free)

    @property
    def is_generic(self) -> bool:
        """True if the address is a shared mailbox and no person's, or says nothing."""
        local = letters(self.local)
        return local in _BOXES or len(local) < 2

    def names_person(self, text: str) -> int:
        """Returns how well the address fits this name: 0 (not) to 3 (surely)."""
        tokens = [part for part in _NO_LETTERS.split(fold(self.local)) if part]
        whole = "".join(tokens)
        if not whole or self.is_generic:
            return 0
        best = 0
        for variant in spellings(text):
            spoken = [word for word in folded_words(variant) if word.isalpha() and word not in _TITLES]
            best = max(best, _made_of(whole, tokens, spoken * 2 if len(spoken) == 1 else spoken))
        if best < 2 and not latin(text):
            best = max(best, _sounds_like(tokens, [word for word in folded_words(text) if word.isalpha()]))
        return best

    def nothing_else(self, text: str) -> bool:
        """True if every word of this name belongs to a name, or is in the address too."""
        if "," in text and not all(suffix(one.strip()) for one in text.split(",")[1:]):
            return False
        spoken = [one for one in _BETWEEN.split(text) if letters(one) not in _TITLES]
        others = [one for one in spoken if not self._has(one, self.local)]
        if len(spoken) > 6 or any(c in "@<>[]{}()=:;#%|/\\" or c.isdigit() for one in others for c in one):
            return False
        if any(DOTTED.fullmatch(one) for one in spoken[1:]):
            return False
        low = text.islower() and latin(text)
        named = all(letters(one) not in known.NO_NAME and (low or capital(one)) for one in others)
        return named and not (low and len(spoken) > 3)

    def nothing_but(self, text: str) -> bool:
        """True if every word of this company belongs to a company's name, or is in the domain too."""
        spoken = _BETWEEN.split(without_legal(text) if latin(text) else text)
        others = [one for one in spoken if not self._has(one, self.domain)]
        if len(spoken) > 8 or any(c in "@<>[]{}=:;#%|" for one in others for c in one):
            return False
        names = has_legal_form(text) or not latin(text) or text.islower()
        if any(letters(one) in _NO_COMPANY for one in others):
            return False
        first, *behind = _BETWEEN.split(text)
        if behind and letters(first) in known.SUFFIXES:
            return False
        elsewhere = names_place(text) and self.names_company(text) < 3
        if not has_legal_form(text) and (elsewhere or any(letters(one) in known.SOURCE_WORDS for one in others)):
            return business_word(text)
        return names or all(capital(one) for one in others)

    def has_all_of(self, text: str) -> bool:
        """True if every word of this name is in the address."""
        skipped = known.HONORIFICS | known.SUFFIXES | known.PARTICLES
        return all(self._has(one, self.local) for one in _BETWEEN.split(text) if letters(one) not in skipped)

    def is_made_of(self, name: str) -> bool:
        """True if the address consists of this name, or of a word and initials of it, and of nothing else."""
        return self.names_person(name) == 3 and not any(c.isdigit() for c in self.local)

    def has_in_order(self, first: str, last: str) -> bool:
        """True if the address consists of the first name or its initial, and then of the last name or a word of it.
        False if it reads in the other order too."""
        return self._made_in_order(first, last) and not self._made_in_order(last, first)

    def _made_in_order(self, first: str, last: str) -> bool:
        whole = _NO_LETTERS.sub("", fold(self.local))
        for spell in (letters, letters_german):
            begin, ends = spell(first), [spell(last), *map(spell, re.split(r"[\s-]+", last))]
            if begin and any(len(end) > 1 and whole in (begin + end, begin[0] + end) for end in ends):
                return True
        return False

    def resembles(self, text: str) -> bool:
        """True if the address begins like a word of this name, or the other way round: liz, ben, alex."""
        local = letters(self.local)
        return any(local[:3] in word or word[:3] in local for word in folded_words(text) if len(word) > 2)

    def has_initials(self, text: str) -> bool:
        """True if the domain consists of the initials of this company."""
        return len(self.label) > 2 and self.label in (_initials(text), _initials(without_legal(text)))

    @staticmethod
    def _has(word: str, where: str) -> bool:
        return any((len(one) > 1 or one.isdigit()) and one in letters(where) for one in map(letters, spellings(word)))

    def names_company(self, text: str) -> int:
        """Returns how well the address fits this company: 0 (not) to 3 (surely)."""
        return max(_in_domain(self.label, variant) for variant in spellings(text)) if self.label else 0


def _made_of(whole: str, tokens: list[str], words: list[str]) -> int:
    """Returns how well the letters before the @ consist of these words and their initials: 0 (not) to 3 (surely)."""
    if not words or len(words) > 6 or len(whole) > 64:
        return 0
    full = _spelled(whole, tuple(words))
    if full > 2 or (full and len(whole) > 3):
        return min(full, 3)
    if any(len(token) > 2 and (token in words or _spelled(token, tuple(words)) >= 4) for token in tokens):
        return 2
    if whole in words and len(whole) > 1:
        return 2  # mo, for Mo Bile
    short = len(words) > 1 and whole == words[0][0] + words[-1]  # ewu, for Ed Wu
    return 2 if len(whole) > 1 and (short or whole == "".join(word[0] for word in words)) else 0


@lru_cache(maxsize=4096)
def _spelled(text: str, words: tuple[str, ...]) -> int:
    """Returns the length of the longest word in a way to spell the text with these words, each used once, whole or by
    its initial. 0 if there is no such way."""
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
    """Does the same as `_made_of` with consonants alone, for scripts that people put into Latin letters in many
    ways."""
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


@lru_cache(maxsize=512)
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
    if len(label) < 4 and business_word(text) and any(word.startswith(label) for word in spoken):
        return 2  # ox.ac.uk
    if len(label) < 4 and label[0] == joined[0] and _within(label, joined):
        return 2
    return 2 if not latin(text) and _heard(skeleton(label), spoken) else 0


def _heard(label: str, spoken: list[str]) -> bool:
    """True if a company in another script sounds like the domain, or if the longer of the two begins like the other."""
    whole = skeleton("".join(spoken))
    shorter, longer = sorted((label, whole), key=len)
    return len(label) > 2 and (
        label in (skeleton(word) for word in spoken) or (len(shorter) > 2 and longer.startswith(shorter))
    )


def _initials(text: str) -> str:
    return "".join(word[0] for word in folded_words(text))


def _within(few: str, many: str) -> bool:
    """True if the many letters contain the few in this order: vw in volkswagen."""
    rest = iter(many)
    return all(letter in rest for letter in few)
