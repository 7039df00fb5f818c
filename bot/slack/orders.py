"""What people type after `/accept`, `/reject` and `/baton`, in any order. Baton reads no more into it than it says.

Pure: text in, an Order out. Doubtful text is kept, so that Baton can ask about it.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.slack.mentions import calls_in_words
from bot.slack.text import clean
from models.errors import PersonId, Refused
from models.rules.agreement import Agreement
from models.rules.characters import visible
from models.rules.lifecycle import Move

# The most leads in one command. Each is answered within the three seconds that Slack waits.
AT_ONCE = 20
# The most words of a text that are searched for a reason.
MOST_WORDS = 100
# The most characters of a word that are compared with the known ones.
LONGEST_WORD = 60

_BETWEEN = r"(?:[\s,;&+#、，；]|\b(?:and|und|et|y|e|og|och|en|i)\b)"
_POLITE = r"(?:please|pls|plz|thanks|thx|both|all|bitte|danke|merci)?[.:!]*\s*"
_NUMBERS = re.compile(rf"{_BETWEEN}*[0-9]{{1,15}}(?:{_BETWEEN}+[0-9]{{1,15}})*{_BETWEEN}*{_POLITE}", re.IGNORECASE)
_RANGE = re.compile(
    r"#?[0-9]{1,15}\s*(?:[-–—/:.]|\.\.+|\b(?:to|bis|till|until|through|thru|à|a|al|tot)\b)\s*#?[0-9]{1,15}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?\s?([0-9]{1,15})\b(?!-\w)(?:[,:;.)!、，]|\s+[-–—](?=\s))*\s*")
_CALLED_NUMBER = re.compile(
    r"(?:lead|mql|nr|no|number|nummer|numero|número|n[°º]|№)[.:]?\s*#?([0-9]{1,15})", re.IGNORECASE
)
_MORE = re.compile(rf"{_BETWEEN}*#?([0-9]{{1,15}})\b(?!-\w)", re.IGNORECASE)
# Behind a number: what it counts, so that it is no lead.
_UNIT = re.compile(
    r"\s*(?:people|persons?|employees|users?|seats?|staff|fte|mitarbeiter|leute|days?|weeks?|months?|years?|hours?|tage"
    r"|wochen|monate|jahre|%|k\b|eur\b|usd\b|€|\$)",
    re.IGNORECASE,
)
# Right behind the words of a reason: something is said of them, so they may be no reason.
_SAID_OF_IT = re.compile(r"(?:is|are|was|were|seems|looks|sounds|ist|war|est|es)\b", re.IGNORECASE)
_OR_NOT = re.compile(r"\s*(?:or|oder|ou)\b", re.IGNORECASE)
_OR = re.compile(r"[\s,]*(?:or|and|und|oder|ou|et)\s+", re.IGNORECASE)

_MARKED = re.compile(r"(?<![\w&])#([0-9]{1,15})\b")
# Who gets a lead: `@dana`, `to dana`.
_WHO = re.compile(
    r"(?<!\S)(?:(?:to|for|[-=]>|→)[\s:]+)?(?:<@(?P<id>\w+)(?:\|[^<>]*)?>|@(?P<handle>[\w.'-]{1,80})|(?<=\bto\s)(?P<name>[\w.'-]{1,80}))"
    r"[,:;]?(?:\s+|$)",
    re.IGNORECASE,
)
# A question rather than an order: `4?`, `4 or 5`, `Bob?`.
_ASKING = re.compile(
    r"#?\s?\d{1,15}\s*\?+|#?\d{1,15}(?:\s+(?:or|oder|ou|o)\s+#?\d{1,15})+\s*\??|[^\d?]{1,40}\?+", re.IGNORECASE
)
_HELP = frozenset({"help", "-h", "--help", "?", "/help"})


class NotUnderstood(Refused):
    """{usage}"""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a command asks for, and what else it says.

    `numbers` or `named`: the leads, by number or by name. `perhaps`: the number of the lead, if no lead has this name.
    `reason`: the code of the reason. `to` or `to_name`: who gets the lead, by mention or by name. `note`: what else was
    said. `text`: all that stands beside the number, which is kept if it was not understood. `doubt`: a sentence that
    says why something that looks like a reason is none.
    """

    numbers: tuple[int, ...] = ()
    named: str = ""
    perhaps: int | None = None
    text: str = ""
    reason: str | None = None
    to: PersonId | None = None
    to_name: str = ""
    note: str = ""
    doubt: str = ""


def marked(text: object) -> str:
    """Returns the text of a command with Slack's marks, without invisible characters."""
    return calls_in_words(visible(clean(str(text or "")))).strip()


def text_of(text: object) -> str:
    """Returns the text of a command as it was typed, without Slack's marks, except those of people and channels."""
    return plain_words(marked(text)).strip()


def plain_words(text: str) -> str:
    """Returns the text of a message as it was typed, without Slack's entities and links."""
    text = calls_in_words(text)
    unlinked = re.sub(r"<(?:mailto:|tel:)?([^|<>@#!][^|<>]*)(?:\|([^<>]*))?>", lambda found: found[2] or found[1], text)
    return unlinked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def wants_help(text: object) -> bool:
    return text_of(text).casefold() in _HELP


def accept(text: str) -> Order:
    """Reads `/accept 42 [note]`, `/accept 4, 5`, `/accept Zoë`. Raises NotUnderstood."""
    return _taken(text, "/accept")


def _taken(text: str, command: str) -> Order:
    if _ASKING.fullmatch(text):
        raise NotUnderstood(usage=f"Do you mean it? Write the numbers or the name without a question: `{command} 4 5`.")
    if several := _only_numbers(text, command):
        return Order(numbers=several)
    if found := _NUMBER.match(text):
        return Order(numbers=(int(found[1]),), note=text[found.end() :].strip())
    return _marked(text) or Order(named=text, perhaps=_lone_number(text))


def reject(text: str, agreement: Agreement) -> Order:
    """Reads `/reject 42 reason note`, in any order. A reason counts by its code or by its words. Raises NotUnderstood.

    Several numbers are several leads only if nothing but a reason stands beside them. Otherwise the text after the
    first number may be a note that begins with a number.
    """
    if several := _only_numbers(text, "/reject"):
        return Order(numbers=several)
    reasons = _Reasons(agreement)
    if order := reasons.of_several(text):
        return order
    if found := _NUMBER.match(text):
        return reasons.after_number(int(found[1]), text[found.end() :])
    if marked := _marked(text):
        return reasons.after_number(marked.numbers[0], marked.note)
    for word in list(re.finditer(r"\S+", text))[:MOST_WORDS]:
        if reason := reasons.at(text, word.start()):
            before, after = text[: word.start()].strip(" ,;:"), text[reason.end :]
            if not before and (found := _NUMBER.match(after)) and not _UNIT.match(after, found.end()):
                return reasons.given(Order(numbers=(int(found[1]),)), reason, after[found.end() :])
            named, note = (before, after) if before else (after.strip(), "")
            return reasons.given(Order(named=named, perhaps=_lone_number(text), text=text), reason, note)
    return Order(named=text, perhaps=_lone_number(text), text=text)


def hand(text: str) -> Order:
    """Reads `/baton hand 42 @dana why`. The lead stands by number or name, before or after the person. A person who is
    mentioned elsewhere is only spoken of: then `to` stays empty. Raises NotUnderstood."""
    if not text:
        raise NotUnderstood(usage="I need the number of a lead, and who gets it: `/baton hand 42 @dana why`")
    if lead := _numbers_first(text):
        numbers, behind = lead
        person = _WHO.match(behind)
        order = Order(numbers=numbers, text=behind.strip())
        return _handed(person, order, behind[person.end() :] if person else behind)
    if person := _WHO.match(text):
        behind = text[person.end() :]
        if lead := _numbers_first(behind):
            return _handed(person, Order(numbers=lead[0], text=text), lead[1])
        return _handed(person, Order(named=behind.strip(), perhaps=_lone_number(behind), text=text), "")
    if person := _WHO.search(text):
        before = text[: person.start()].strip(" ,:;")
        marked = _marked(before)
        sure = marked is not None and not marked.note
        order = (
            replace(marked, text=text)
            if marked and sure
            else Order(named=before, perhaps=_lone_number(before), text=text)
        )
        return _handed(person, order, text[person.end() :])
    return Order(named=text, perhaps=_lone_number(text), text=text)


def _numbers_first(text: str) -> tuple[tuple[int, ...], str] | None:
    """Returns the numbers at the beginning, and the text after them. Returns several only if a person or nothing
    follows them. None if the text does not begin with a number."""
    found = _NUMBERS.match(text)
    behind = text[found.end() :] if found else ""
    if found and (not behind or _WHO.match(behind)) and len(several := _only_numbers(found[0], "/baton hand")) > 1:
        return several, behind
    one = _NUMBER.match(text)
    return ((int(one[1]),), text[one.end() :]) if one else None


def _handed(person: re.Match[str] | None, lead: Order, note: str) -> Order:
    """Returns the order with the person who gets the lead, by mention, handle or name. If there are two persons, takes
    neither."""
    if person is None:
        return replace(lead, note=note.strip())
    if _WHO.match(note.strip()) or _OR_NOT.match(note):
        return replace(lead, note=lead.text)
    to = PersonId(person["id"]) if person["id"] else None
    return replace(lead, to=to, to_name=(person["handle"] or person["name"] or "").rstrip("."), note=note.strip())


def take(text: str) -> Order:
    """Reads `/baton take 42 [note]`, `/baton take 4, 5`, `/baton take Zoë`. Raises NotUnderstood."""
    if not text:
        raise NotUnderstood(usage="I need the number of a lead: `/baton take 42`")
    return _taken(text, "/baton take")


def subcommand(text: str) -> tuple[str, str]:
    """Returns the two parts of `/baton WORD rest`. The word is in lower case, and `help` if there is none."""
    word, rest = (*text.split(maxsplit=1), "", "")[:2]
    return word.lower() or "help", rest.strip()


def called_number(text: str) -> int | None:
    """The number in `lead 42`, `no. 42`, which may be what a lead is called too."""
    found = _CALLED_NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def number(text: str) -> int | None:
    """Returns a handoff's number if the text is just that: 42 or #42. Otherwise None."""
    found = re.fullmatch(r"#?\s?([0-9]{1,15})", text.strip())
    return int(found[1]) if found else None


def guess(word: str, known: Sequence[str], *, cutoff: float = 0.6) -> str | None:
    """Returns which of these words was probably meant, or None."""
    return next(iter(difflib.get_close_matches(word.casefold()[:LONGEST_WORD], known, n=1, cutoff=cutoff)), None)


def _only_numbers(text: str, command: str) -> tuple[int, ...]:
    """Returns the numbers of a text that says nothing else, each once. Raises NotUnderstood for a range, and for too
    many."""
    if _RANGE.fullmatch(text.strip()):
        raise NotUnderstood(usage=f"Write the number of each lead: `{command} 4 5 6`.")
    if not _NUMBERS.fullmatch(text):
        return ()
    numbers = tuple(dict.fromkeys(int(found) for found in re.findall(r"[0-9]+", text)))
    if len(numbers) > AT_ONCE:
        raise NotUnderstood(usage=f"These are {len(numbers)} leads; at most {AT_ONCE} at once, please.")
    return numbers


def _marked(text: str) -> Order | None:
    """Returns the order for the one number with a # in the text. The text around it is the note. None if there is not
    exactly one."""
    found = list(_MARKED.finditer(text))
    if len(found) != 1:
        return None
    around = (text[: found[0].start()].rstrip(), text[found[0].end() :].lstrip(" ,:;."))
    return Order(numbers=(int(found[0][1]),), note=" ".join(part for part in around if part))


def _lone_number(text: str) -> int | None:
    """Returns the only number in a text, which may be a lead's. None if there is not exactly one."""
    found = re.findall(r"(?<![\w.,:-])[0-9]{1,15}(?![\w:%]|[.,-]\w)", text)
    return int(found[0]) if len(found) == 1 else None


def _spelled(words: str) -> str:
    """A pattern for these words, whatever stands between them; an apostrophe may be left out."""
    pattern = ""
    for between, word in re.findall(r"([\W_]*)([^\W_]+)", words):
        pattern += ("" if not pattern else "['’]?" if between in "'’" and between else r"[\W_]+") + re.escape(word)
    return pattern


@dataclass(frozen=True, kw_only=True)
class _Reason:
    """A reason that stands in a text: its code, the position where its words end, and the position where the text goes
    on."""

    code: str
    core: int
    end: int


class _Reasons:
    """The reasons of an agreement, as people write them: by code or by their words. Case, spaces and marks make no
    difference."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._codes = agreement.codes(Move.REJECT)
        self._patterns = [
            (code, re.compile(rf"[\s“\"]*({spelt})(?!\w)[\s,;:.”\"–—-]*", re.IGNORECASE))
            for code, reason in agreement.reasons.items()
            for words in (code, reason.asked_as)
            if (spelt := _spelled(words))
        ]

    def at(self, text: str, start: int = 0) -> _Reason | None:
        """Returns the reason that stands at `start`, of whatever stage, or None. If there are several, returns the
        longest."""
        found = [
            _Reason(code=code, core=match.end(1), end=match.end())
            for code, pattern in self._patterns
            if (match := pattern.match(text, start))
        ]
        return max(found, key=lambda one: one.core, default=None)

    def of_several(self, text: str) -> Order | None:
        """Returns the order for several numbers and a reason, in either order, if there is nothing else. Otherwise
        None."""
        reason = self.at(text)
        numbers = text[reason.end :] if reason else ""
        if reason is None and (found := _NUMBERS.match(text)):
            reason, numbers = self.at(text, found.end()), found[0]
            if reason is not None and reason.end < len(text):
                return None
        several = _only_numbers(numbers, "/reject") if reason else ()
        return self.given(Order(numbers=several), reason, "") if reason and len(several) > 1 else None

    def after_number(self, number: int, rest: str) -> Order:
        """Returns the order for what stands after the number: a reason and a note. Text that can't be read so is kept
        as the note."""
        order = Order(numbers=(number,), note=rest.strip(), text=rest.strip())
        if reason := self.at(rest):
            note = rest[reason.end :]
            doubt = self._doubt(rest, reason, note)
            return replace(order, reason=reason.code, doubt=doubt) if doubt else self.given(order, reason, note)
        if another := _MORE.match(rest):
            return replace(order, doubt=f"Is #{another[1]} another lead? One at a time, please.")
        first = re.match(r"\S+", rest.strip())
        written = first[0].strip(",;:.").lower().replace("-", "_") if first else ""
        alone = bool(written) and first is not None and first[0] == rest.strip()
        meant = guess(written, self._codes, cutoff=0.5 if alone else 0.8)
        if meant is None and not alone and "_" not in written:
            return order
        ask = f" Did you mean {meant}?" if meant else ""
        return replace(order, reason=meant, doubt=f"I know no reason “{first[0][:40]}”.{ask}" if first else "")

    def _doubt(self, rest: str, reason: _Reason, note: str) -> str:
        """Why it is not certain that this is the reason, and that the note is one; empty where it is."""
        another = _NUMBER.match(note)
        if another and (not note[another.end() :].strip() or self.at(note, another.end())):
            return f"Is #{another[1]} another lead? One at a time, please."
        if note.strip().startswith("?") or rest.rstrip().endswith("?") or _OR_NOT.match(note):
            return "Is it so? Send the form if it is."
        if (joined := _OR.match(note)) and (other := self.at(note, joined.end())):
            return f"Is it “{reason.code}” or “{other.code}”? A lead is rejected for one reason; the note can say more."
        if rest[reason.core : reason.end].isspace() and _SAID_OF_IT.match(note):
            return f"Is “{reason.code}” the reason, or part of what you say?"
        return ""

    def given(self, order: Order, reason: _Reason, note: str) -> Order:
        """Returns the order with this reason. If it is no reason to reject, keeps the text and says so in `doubt`."""
        if reason.code in self._codes:
            return replace(order, reason=reason.code, note=note.strip().strip('"“”„').strip())
        label = self._agreement.reasons[reason.code].asked_as
        return replace(order, note=order.text or label, doubt=f"“{reason.code}” ({label}) can't be used to reject.")
