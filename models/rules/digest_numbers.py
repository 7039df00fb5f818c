"""What a week's digest says, as typed numbers. What each one counts is in docs/numbers.md."""

from dataclasses import dataclass
from datetime import datetime

from models.rules.statistics import NOTHING, Share
from models.rules.week import Week

# Fewer handoffs than this are marked as few, and the digest ranks nobody on them.
SMALL = 10


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Handoffs flagged in a span of time, and the answers of sales that stand. `withdrawn` counts those withdrawn
    before an answer."""

    flagged: int = 0
    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0

    @property
    def answered(self) -> int:
        return self.accepted + self.rejected

    @property
    def waiting(self) -> int:
        return self.flagged - self.answered - self.withdrawn

    @property
    def acceptance(self) -> Share:
        return Share(self.accepted, self.answered)

    def __add__(self, other: "Volume") -> "Volume":
        return Volume(
            flagged=self.flagged + other.flagged,
            accepted=self.accepted + other.accepted,
            rejected=self.rejected + other.rejected,
            withdrawn=self.withdrawn + other.withdrawn,
        )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Promises that fell due, how many of them were kept, how many are still not done, the same share in the weeks
    before, and how long the step took (`median`, `ninetieth` percentile), in seconds. `promised` is the business time
    in which each of those that fell due had to be kept, in seconds. It is None if not all had the same: sources can
    have promises of their own, and a change of the agreement is for what is flagged after it."""

    due: int = 0
    kept: int = 0
    undone: int = 0
    before: Share = NOTHING
    promised: int | None = None
    median: int | None = None
    ninetieth: int | None = None

    @property
    def share(self) -> Share:
        return Share(self.kept, self.due)


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in one currency."""

    currency: str
    cents: int


# One amount for each currency. Amounts of different currencies are never added.
Amounts = tuple[Money, ...]


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One source, in its first spelling: this week, and the weeks before."""

    source: str
    week: Volume
    before: Volume
    qualified: int
    value: Amounts = ()


@dataclass(frozen=True, kw_only=True)
class Quote:
    number: int
    person: str
    reason: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Rejections:
    """Rejections by reason, the most frequent first: this week, and the weeks before."""

    by_reason: tuple[tuple[str, int], ...] = ()
    before: tuple[tuple[str, int], ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What was qualified, and how handoffs ended, in the week."""

    qualified: int = 0
    qualified_value: Amounts = ()
    won: int = 0
    won_value: Amounts = ()
    lost: int = 0
    disqualified: int = 0


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What has become of the handoffs that were flagged in the weeks before."""

    flagged: int = 0
    accepted: int = 0
    qualified: int = 0
    won: int = 0
    won_value: Amounts = ()


@dataclass(frozen=True, kw_only=True)
class Win:
    number: int
    company: str
    flagged_by: str
    closed_by: str
    value: Money
    days: int


@dataclass(frozen=True, kw_only=True)
class OwnerLoad:
    """How many handoffs one person has open, and how many of those are late. `told` holds the late handoffs about which
    a reminder has told them, the longest late first. The digest may name only those with the person."""

    person: str
    open: int
    late: int = 0
    told: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Debts:
    """What each team owes the other right now."""

    sales_unanswered: int = 0
    sales_overdue: int = 0
    marketing_unanswered: int = 0
    marketing_overdue: int = 0


@dataclass(frozen=True, kw_only=True)
class CardPlace:
    """Where a handoff's card is shown."""

    number: int
    channel: str
    ts: str


@dataclass(frozen=True, kw_only=True)
class DigestNumbers:
    """Everything that a week's digest says, counted `as_of` one moment."""

    week: Week
    as_of: datetime
    # This week and up to eight before it, oldest first. The trend starts in the week of the first handoff.
    trend: tuple[Volume, ...]
    accept: Kept
    contact: Kept
    # Elapsed seconds from flag to first contact, the customer's view. Nobody promised this, so nothing is due.
    speed: Kept
    # The rejections that marketing had to answer.
    answers: Kept
    sources: tuple[SourceRow, ...]
    rejections: Rejections
    outcomes: Outcomes
    earlier: Cohort
    wins: tuple[Win, ...]
    # In the order of people's ids. This order says nothing about the people.
    owners: tuple[OwnerLoad, ...]
    debts: Debts
    feedback: tuple[tuple[str, int], ...]
    # The address of the workspace in the chat. Empty if unknown.
    chat_url: str = ""
    # The cards of the handoffs that the digest names, if they are shown.
    cards: tuple[CardPlace, ...] = ()

    @property
    def this_week(self) -> Volume:
        return self.trend[-1]

    @property
    def last_week(self) -> Volume | None:
        """None if there was none."""
        return self.trend[-2] if len(self.trend) > 1 else None

    @property
    def before(self) -> Volume:
        """The sum of the weeks before this one."""
        return sum(self.trend[:-1], start=Volume())

    @property
    def open(self) -> int:
        return sum(owner.open for owner in self.owners)

    @property
    def late(self) -> int:
        return sum(owner.late for owner in self.owners)
