"""What a week's numbers say: which promises were missed, what changed beyond chance, and what to talk about.

Pure: numbers in, findings out. The digest puts them into words. A change counts only if an exact test says that chance
would rarely make one like it (see `models/rules/statistics.py`). With a few leads a week, rates vary a lot by chance.
"""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.digest_numbers import DigestNumbers
from models.rules.statistics import Share, beyond_chance, fisher

# The most topics on the agenda of the joint meeting.
TOPICS = 3


class Subject(StrEnum):
    """What a share counts."""

    # Leads that got an answer in time, among those that had to get one.
    ANSWERS = "answers"
    # Accepted leads that were contacted in time, among those that had to be.
    CONTACTS = "contacts"
    # Open leads that are late, among the open ones.
    LATE = "late"
    # Rejections that marketing answered in time, among those that it had to answer.
    REPLIES = "replies"
    # Accepted leads, among those that were answered.
    ACCEPTANCE = "acceptance"
    # Accepted leads of one source, among those of it that were answered.
    SOURCE = "source"
    # Rejections for one reason, among all rejections.
    REASON = "reason"


class Gist(StrEnum):
    """What a week comes to: the first that fits."""

    # Nothing happened, and nothing is late.
    QUIET = "quiet"
    # Sales did not keep promises: `missed` has them.
    MISSED = "missed"
    # Every lead that was due for an answer got it in time.
    ANSWERED = "answered"
    # Leads were flagged, and none was due for an answer yet.
    FLAGGED = "flagged"
    # No lead was flagged, but something else happened.
    NONE_FLAGGED = "none flagged"


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A share of sales' promises that were not kept."""

    subject: Subject
    share: Share


@dataclass(frozen=True, kw_only=True)
class Shifted:
    """A share that differs from the share of the weeks before by more than chance. `name` is the source, or the
    reason's code."""

    subject: Subject
    now: Share
    before: Share
    name: str = ""

    @property
    def rose(self) -> bool:
        return self.now.part * self.before.whole > self.before.part * self.now.whole


def is_quiet(numbers: DigestNumbers) -> bool:
    """True if the week has nothing to report: nothing happened, and nothing is late."""
    outcomes = numbers.outcomes
    return not any(
        (
            numbers.this_week.flagged,
            *(kept.due for kept in (numbers.accept, numbers.contact, numbers.answers)),
            *(outcomes.qualified, outcomes.won, outcomes.lost, outcomes.disqualified),
            len(numbers.rejections.by_reason),
            len(numbers.feedback),
            numbers.late,
        )
    )


def gist(numbers: DigestNumbers) -> Gist:
    """Returns what the week comes to."""
    if is_quiet(numbers):
        return Gist.QUIET
    if missed(numbers):
        return Gist.MISSED
    if numbers.accept.due:
        return Gist.ANSWERED
    return Gist.FLAGGED if numbers.this_week.flagged else Gist.NONE_FLAGGED


def missed(numbers: DigestNumbers) -> tuple[Missed, ...]:
    """Returns what sales promised and did not keep: answers, first contacts, and what is late right now."""
    counted = (
        (Subject.ANSWERS, Share(numbers.accept.due - numbers.accept.kept, numbers.accept.due)),
        (Subject.CONTACTS, Share(numbers.contact.due - numbers.contact.kept, numbers.contact.due)),
        (Subject.LATE, Share(numbers.late, numbers.open)),
    )
    return tuple(Missed(subject=subject, share=share) for subject, share in counted if share.part)


def shifted(numbers: DigestNumbers) -> tuple[Shifted, ...]:
    """Returns the shares that changed beyond chance against the weeks before, the surest first."""
    found = [one for one in _compared(numbers) if beyond_chance(one.now, one.before)]
    return tuple(sorted(found, key=lambda one: fisher(one.now, one.before)))


def topics(numbers: DigestNumbers) -> tuple[Shifted | Missed, ...]:
    """Returns up to TOPICS topics for the joint meeting: missed promises, then changed shares. A promise whose share
    changed appears once, as a changed share."""
    changes = shifted(numbers)
    told = {one.subject for one in changes}
    promises = [one for one in missed(numbers) if one.subject not in told]
    found: tuple[Shifted | Missed, ...] = (*promises, *changes)
    return found[:TOPICS]


def _compared(numbers: DigestNumbers) -> list[Shifted]:
    promises = (
        (Subject.ANSWERS, numbers.accept),
        (Subject.CONTACTS, numbers.contact),
        (Subject.REPLIES, numbers.answers),
    )
    reasons, reasons_before = dict(numbers.rejections.by_reason), dict(numbers.rejections.before)
    rejected, rejected_before = sum(reasons.values()), sum(reasons_before.values())
    return [
        Shifted(subject=Subject.ACCEPTANCE, now=numbers.this_week.acceptance, before=numbers.before.acceptance),
        *(
            Shifted(subject=Subject.SOURCE, name=row.source, now=row.week.acceptance, before=row.before.acceptance)
            for row in numbers.sources
        ),
        *(Shifted(subject=subject, now=kept.share, before=kept.before) for subject, kept in promises),
        *(
            Shifted(
                subject=Subject.REASON,
                name=code,
                now=Share(reasons.get(code, 0), rejected),
                before=Share(reasons_before.get(code, 0), rejected_before),
            )
            for code in sorted(reasons.keys() | reasons_before.keys())
        ),
    ]
