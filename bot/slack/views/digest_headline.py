"""The first lines of the digest, and its last: which promises were not kept, with whom the late leads are, what moved
beyond chance, and what to talk about. `models/rules/findings.py` finds it."""

from bot.slack.text import escape, mention
from bot.slack.views.card import asked_as
from bot.slack.views.digest_words import (
    Reference,
    leads,
    plural,
    promised_time,
    rate,
    some,
    source_name,
    weeks_before,
    were,
)
from models.rules import findings
from models.rules.agreement import Agreement
from models.rules.digest_numbers import DigestNumbers
from models.rules.findings import Gist, Missed, Shifted, Subject

# The most people with late leads, and leads of each person.
PEOPLE, LEADS = 6, 4
# The most changes in the first lines.
CHANGES = 2


def first_line(numbers: DigestNumbers) -> str:
    """Returns which leads nobody answered and which are late. If there are none, says so."""
    due, flagged, open_now = numbers.accept.due, numbers.this_week.flagged, numbers.open
    none_open = "" if open_now else ", and none is open"
    match findings.gist(numbers):
        case Gist.MISSED:
            return "; ".join(_missed(one, numbers) for one in findings.missed(numbers)) + "."
        case Gist.ANSWERED:
            answered = (
                "The one lead that was due for an answer got it" if due == 1 else f"All {due} leads got an answer"
            )
            return f"{answered} in time; {'nothing that is open is late' if open_now else 'nothing is open'}."
        case Gist.FLAGGED:
            return f"{leads(flagged)} {were(flagged)} flagged; none was due for an answer yet."
        case Gist.NONE_FLAGGED:
            return f"No lead was flagged{none_open}."
        case Gist.QUIET:
            return f"A quiet week: no lead was flagged{none_open}."


def _missed(one: Missed, numbers: DigestNumbers) -> str:
    missed, of = one.share
    match one.subject:
        case Subject.ANSWERS:
            undone = numbers.accept.undone
            if undone == missed:
                return f"{missed} of {leads(of)} got no answer"
            return f"{missed} of {leads(of)} got no answer in time" + (f", {undone} none at all" if undone else "")
        case Subject.CONTACTS:
            return f"{missed} of {of} accepted lead{plural(of)} got no first contact in time"
        case Subject.LATE:
            return f"{missed} of {of} open lead{plural(of)} {'is' if missed == 1 else 'are'} late"
        case Subject.REPLIES | Subject.ACCEPTANCE | Subject.SOURCE | Subject.REASON:
            raise ValueError(f"{one.subject} is nothing that sales promised")


def who_is_late(numbers: DigestNumbers, agreement: Agreement, named: Reference) -> list[str]:
    """Returns which leads are late, and with whom. Leaves out leads of which their owners have not been told."""
    told = [owner for owner in numbers.owners if owner.told]
    if not told:
        return []
    if agreement.digest_names_people:
        late = [
            f"{len(owner.told)} with {mention(owner.person)} ({some(owner.told, LEADS, named)})"
            for owner in told[:PEOPLE]
        ]
        if others := sum(len(owner.told) for owner in told[PEOPLE:]):
            late.append(f"{others} with others")
        know = {1: "They were told.", 2: "Both were told."}.get(len(told), "All were told.")
    else:
        late = [some(sorted(number for owner in told for number in owner.told), PEOPLE * LEADS, named)]
        know = "Whoever has them was told."
    if unheard := numbers.late - sum(len(owner.told) for owner in told):
        know += f" {unheard} more {'is' if unheard == 1 else 'are'} not named before whoever has them is told."
    return [f"Late: {', '.join(late)}. {know} Open each: move it on, or give it back."]


def changes(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    if numbers.last_week is None:
        return ["There is no earlier week to compare with yet."]
    changes = [_shifted(one, agreement) for one in findings.shifted(numbers)[:CHANGES]]
    return changes or [f"Nothing moved beyond chance against the {weeks_before(numbers)}."]


def _shifted(one: Shifted, agreement: Agreement) -> str:
    return f"{_subject(one, agreement)} {'rose' if one.rose else 'fell'} from {rate(one.before)} to {rate(one.now)}."


def _subject(one: Shifted, agreement: Agreement) -> str:
    match one.subject:
        case Subject.ANSWERS:
            return "Answers in time"
        case Subject.CONTACTS:
            return "First contacts in time"
        case Subject.LATE:
            return "Late leads"
        case Subject.REPLIES:
            return "Rejections answered in time"
        case Subject.ACCEPTANCE:
            return "Acceptance"
        case Subject.SOURCE:
            return f"Acceptance of {source_name(one.name)}"
        case Subject.REASON:
            return f"“{escape(asked_as(agreement, one.name), 70)}” among the rejections"


def to_talk_about(numbers: DigestNumbers, agreement: Agreement) -> list[str]:
    """Returns up to three things for the joint meeting: what was missed, and what moved."""
    words = [
        f"{_shifted(one, agreement)} What changed?" if isinstance(one, Shifted) else _question(one, numbers)
        for one in findings.topics(numbers)
    ]
    return ["*To talk about*", *(f"{n}. {said}" for n, said in enumerate(words, start=1))] if words else []


def _question(one: Missed, numbers: DigestNumbers) -> str:
    kept = {Subject.ANSWERS: numbers.accept, Subject.CONTACTS: numbers.contact}.get(one.subject)
    asked = (
        f"what was in the way of {promised_time(kept) or 'the promised time'}?"
        if kept
        else "who moves each of them on, and until when?"
    )
    return f"{_missed(one, numbers)}: {asked}"
