"""The agreement: what both teams promised each other, as one validated document.

People write it as TOML or through the set-up form. The database keeps every version. Each handoff stores the version
under which it was flagged, so a change never moves a promise already made.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from models.errors import BadAgreement, KeyProblem
from models.rules import destinations, ladders
from models.rules import emoji as names
from models.rules.destinations import Destination
from models.rules.ladders import BY_A_MOMENT, DEFAULT_STEPS, Ladder, What, same_source
from models.rules.lifecycle import Move
from models.rules.worktime import in_utc

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# An id in the chat, such as C0123 or U0123. It is not the name, because a name can change.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Hours = Annotated[float, Field(gt=0, le=1000)]


def _to_the_minute(given: object) -> object:
    """Accepts only hours and minutes of local time. A bare number would count as seconds, and seconds or a zone would
    be lost. Raises ValueError."""
    if isinstance(given, time) and not (given.second or given.microsecond or given.tzinfo):
        return given
    if isinstance(given, str) and re.fullmatch(r"\d{1,2}:\d{2}", given, re.ASCII):
        return given.zfill(5)
    raise ValueError("write a local time to the minute, such as 09:00")


LocalTime = Annotated[time, BeforeValidator(_to_the_minute)]


# The key of the ladders in the document.
PROMISES = "promises"
# The longest promise, in working weeks.
LONGEST_WEEKS = 100


class Stage(StrEnum):
    """When a reason is allowed: before contact (reject), after it (disqualify), or at either time."""

    REJECT = "reject"
    DISQUALIFY = "disqualify"
    EITHER = "either"

    def allows(self, move: Move) -> bool:
        return self is Stage.EITHER or self.value == move.value


class Meaning(StrEnum):
    """What a reaction on the card means. The first four make a move, the others are feedback on the lead."""

    ACCEPT = "accept"
    REJECT = "reject"
    CONTACTED = "contacted"
    WON = "won"
    GREAT = "great"
    GOOD = "good"
    POOR = "poor"
    COLD = "cold"


FEEDBACK = (Meaning.GREAT, Meaning.GOOD, Meaning.POOR, Meaning.COLD)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Part):
    """Why a lead is refused or given up, and what then happens to it."""

    asked_as: str = Field(min_length=2, max_length=70, description="how the reason reads in the form")
    stage: Stage = Field(Stage.REJECT, description="reject (before contact), disqualify (after it) or either")
    destination: Destination = Field(description=destinations.NAMES)
    nurture_days: int = Field(
        0, ge=0, le=730, description=f"for {destinations.NURTURING}: days until the lead may be flagged again"
    )
    after_attempts: bool = Field(False, description="only after the agreed number of logged attempts")

    @model_validator(mode="after")
    def _nurture_has_an_end(self) -> Self:
        if destinations.ENTRIES[self.destination].nurtures != (self.nurture_days > 0):
            allowed = destinations.NURTURING
            raise ValueError(f"nurture_days goes with the destination {allowed}, and must be at least 1 there")
        return self


def _reason(
    asked_as: str, stage: Stage, destination: Destination, days: int = 0, *, after_attempts: bool = False
) -> Reason:
    return Reason(
        asked_as=asked_as, stage=stage, destination=destination, nurture_days=days, after_attempts=after_attempts
    )


DEFAULT_REASONS: dict[str, Reason] = {
    "bad_data": _reason("Contact data wrong or missing", Stage.REJECT, Destination.FIX),
    "duplicate": _reason("Already in our pipeline", Stage.REJECT, Destination.ARCHIVE),
    "too_small": _reason("Company too small", Stage.REJECT, Destination.ARCHIVE),
    "wrong_industry": _reason("Industry doesn't fit", Stage.REJECT, Destination.ARCHIVE),
    "wrong_region": _reason("Not my territory", Stage.REJECT, Destination.REROUTE),
    "existing_customer": _reason("Already a customer", Stage.REJECT, Destination.REROUTE),
    "wrong_role": _reason("Can't buy or influence", Stage.REJECT, Destination.NURTURE, 90),
    "no_intent": _reason("Student, vendor, job seeker, spam", Stage.REJECT, Destination.ARCHIVE),
    "not_now": _reason("Timing", Stage.EITHER, Destination.NURTURE, 60),
    "no_budget": _reason("No budget", Stage.DISQUALIFY, Destination.NURTURE, 90),
    "no_need": _reason("No need or interest", Stage.DISQUALIFY, Destination.ARCHIVE),
    "competitor": _reason("Chose someone else", Stage.DISQUALIFY, Destination.NURTURE, 180),
    "unreachable": _reason("Could not reach them", Stage.DISQUALIFY, Destination.NURTURE, 60, after_attempts=True),
}

DEFAULT_EMOJI: dict[str, Meaning] = {
    "white_check_mark": Meaning.ACCEPT,
    "x": Meaning.REJECT,
    "telephone_receiver": Meaning.CONTACTED,
    "phone": Meaning.CONTACTED,
    "trophy": Meaning.WON,
    "star": Meaning.GREAT,
    "+1": Meaning.GOOD,
    "-1": Meaning.POOR,
    "snowflake": Meaning.COLD,
}


class People(_Part):
    """Who has which role. An empty list means every member (for managers: the person who ran the set-up)."""

    marketers: tuple[Id, ...] = Field((), description="who may flag leads; people or user groups; empty: every member")
    reps: tuple[Id, ...] = Field((), description="who is offered leads and may accept; empty: every member")
    managers: tuple[Id, ...] = Field((), description="who hears of late leads, rules on disputes, edits this")


class Sla(_Part):
    """What sales promised, in business hours of the person who owes the step."""

    accept_hours: Hours = Field(4, description="business hours from the flag to accept or reject")
    contact_hours: Hours = Field(8, description="business hours from accepting to the first contact")
    outcome_hours: Hours = Field(80, description="business hours from the first contact to qualify or disqualify")
    answer_hours: Hours = Field(8, description="business hours in which marketing answers a rejection")
    attempts: int = Field(6, ge=1, le=50, description="logged attempts before a lead may be called unreachable")

    @property
    def hours(self) -> dict[str, float]:
        """Returns every promise by its key, in business hours."""
        return {key: getattr(self, key) for key in HOURS_OF.values()}


# The key of `[sla]` that has the business hours of each promise which runs for an agreed time. A fix has those of a
# reply, unless an entry of `[[promises]]` says otherwise.
HOURS_OF: Mapping[What, str] = {
    What.ANSWER: "accept_hours",
    What.CONTACT: "contact_hours",
    What.OUTCOME: "outcome_hours",
    What.REPLY: "answer_hours",
}


class When(_Part):
    """For which handoffs an entry of `[[promises]]` holds."""

    source: tuple[str, ...] = Field(min_length=1, description="where the lead came from, in any spelling")


class PromiseEntry(_Part):
    """An entry of `[[promises]]`: how long a promise runs, and who hears of it when."""

    what: What = Field(description="answer, contact, outcome, close, reply, fix or recall")
    when: When | None = Field(None, description="only for these handoffs")
    within: str | None = Field(None, description="business time, such as 15m or 4h; left out: the hours of [sla]")
    ladder: tuple[str, ...] = Field((), description="who hears when; left out: the usual ladder")

    @field_validator("what")
    @classmethod
    def _has_a_ladder(cls, what: What) -> What:
        if what is What.RULING:
            raise ValueError("a ruling has no ladder: the managers are asked once, when a rejection is contested")
        return what

    @field_validator("within")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None:
            ladders.length(text)
        return text

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.ladder:
            ladders.steps(self.what, self.ladder)
        if self.within and self.what in BY_A_MOMENT:
            raise ValueError(f"{self.what} ends at a moment of its own, so leave `within` out")
        return self

    def holds(self, what: What, source: str) -> bool:
        """True if this entry is about the promise, for a lead from this source."""
        sources = {same_source(one) for one in self.when.source} if self.when else {same_source(source)}
        return self.what is what and same_source(source) in sources


class Working(_Part):
    """The working week. Each person's hours count in the zone of their chat profile."""

    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1, description="the working days")
    opens: LocalTime = Field(time(9), description="when work begins, local time")
    closes: LocalTime = Field(time(17), description="when work ends, local time; earlier than opens: the next day")

    @field_serializer("opens", "closes")
    def _short(self, at: time) -> str:
        return at.strftime("%H:%M")

    @property
    def hours_a_week(self) -> float:
        """Returns the working hours of a week without holidays."""
        opens, closes = (at.hour + at.minute / 60 for at in (self.opens, self.closes))
        return len(set(self.days)) * ((closes - opens) % 24 or 24)


class Holidays(_Part):
    """The country and region whose public holidays are free."""

    country: str = Field("", description="ISO code such as DE or US; empty: no public holidays")
    region: str = Field("", description="state or province code such as BY or CA; empty: the whole country's")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.region and not self.country:
            raise ValueError("a region needs its country")
        if self.country:
            import holidays  # noqa: PLC0415 - takes 170 ms and 20 MB, and only an agreement with a country needs it

            known = holidays.list_supported_countries()
            if self.country not in known:
                raise ValueError(f"no calendar is known for the country “{self.country}”; use an ISO code such as DE")
            if self.region and self.region not in known[self.country]:
                raise ValueError(f"“{self.region}” is no region of {self.country}: {', '.join(known[self.country])}")
        return self


class DigestTime(_Part):
    """When Baton posts the weekly digest, in the agreement's zone."""

    day: Weekday = Field("monday", description="the day on which the digest of the past week is posted")
    time: LocalTime = Field(dt.time(9), description="at this local time")

    @field_serializer("time")
    def _short(self, at: dt.time) -> str:
        return at.strftime("%H:%M")


class Agreement(_Part):
    """What a workspace's marketing and sales agreed on."""

    handoff_channel: Id = Field(description="the id of the channel in which leads are handed over")
    digest_channel: Id | None = Field(None, description="the id of the managers' channel; empty: the same channel")
    timezone: str = Field("UTC", description="the zone of the digest, and of people whose profile names none")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="of the values of opportunities, ISO code")
    people: People = People()
    sla: Sla = Sla()
    promises: tuple[PromiseEntry, ...] = Field((), description="other lengths and ladders; the first that fits holds")
    working: Working = Working()
    holidays: Holidays = Holidays()
    digest: DigestTime = DigestTime()
    emoji: dict[str, Meaning] = Field(
        default_factory=DEFAULT_EMOJI.copy, description="what a reaction on the card means"
    )
    reasons: dict[Code, Reason] = Field(
        default_factory=DEFAULT_REASONS.copy, min_length=1, description="why a lead is refused or given up"
    )

    @field_validator("digest_channel", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None

    @field_validator("emoji", mode="before")
    @classmethod
    def _as_slack_sends_them(cls, given: object) -> object:
        """Returns each emoji under the name that Slack sends for a reaction. Raises ValueError for what is no name, and
        for a name with two meanings."""
        if not isinstance(given, dict):
            return given
        meanings: dict[str, object] = {}
        for written, meaning in given.items():
            name = names.name(str(written))
            if meanings.setdefault(name, meaning) != meaning:
                raise ValueError(f"“{written}” is {name} to Slack, which has two meanings here; keep one of them")
        return meanings

    @model_validator(mode="before")
    @classmethod
    def _hours_in_one_place(cls, document: object) -> object:
        """Returns the document with the length of each entry that holds for all handoffs in `[sla]`, where the set-up
        form and the digest read it. Leaves it where it is if `[sla]` says something else."""
        if not isinstance(document, dict) or not isinstance(document.get(PROMISES), list | tuple):
            return document
        sla, entries = document.get("sla", {}), []
        for entry in document[PROMISES]:
            key, hours = _hours_for_all(entry)
            if key and isinstance(sla, dict) and sla.get(key, hours) == hours:
                sla = {**sla, key: hours}
                entries.append({name: value for name, value in entry.items() if name != "within"})
            else:
                entries.append(entry)
        return {**document, "sla": sla, PROMISES: entries}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in _zones():
            raise ValueError(f"there is no time zone “{name}”; use a name such as Europe/Berlin")
        return name

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        longest = LONGEST_WEEKS * self.working.hours_a_week
        too_long = f"business hours are more than {LONGEST_WEEKS} of these working weeks; promise less"
        problems = {
            f"sla.{promise}": f"{hours:g} {too_long}" for promise, hours in self.sla.hours.items() if hours > longest
        }
        problems |= self._promises_that_do_not_fit(timedelta(hours=longest), too_long)
        for move in (Move.REJECT, Move.DISQUALIFY):
            if not self.codes(move):
                problems["reasons"] = f"at least one must be usable to {move}"
        if problems:
            raise PydanticCustomError("incoherent", "parts do not go together", {"problems": problems})
        return self

    def _promises_that_do_not_fit(self, longest: timedelta, too_long: str) -> dict[str, str]:
        """Returns what is wrong with entries of `[[promises]]`, by key."""
        problems, for_all = {}, set[What]()
        for index, entry in enumerate(self.promises):
            if entry.what in for_all:
                problems[f"promises.{index}"] = f"never holds: an entry above it is about {entry.what} without `when`"
            if entry.within and ladders.length(entry.within) > longest:
                problems[f"promises.{index}.within"] = f"{entry.within}: {too_long}"
            elif entry.within and entry.when is None and entry.what in HOURS_OF:
                key = HOURS_OF[entry.what]
                problems[f"promises.{index}.within"] = f"sla.{key} says {getattr(self.sla, key):g} hours; say it once"
            ladder = self._ladder(entry.what, entry)
            if any(ladder.moment(one) > 2 * longest for one in ladder.steps):
                problems[f"promises.{index}.ladder"] = f"a step comes after {2 * LONGEST_WEEKS} of these working weeks"
            if entry.when is None:
                for_all.add(entry.what)
        return problems

    def ladder(self, what: What, *, source: str = "") -> Ladder:
        """Returns how long this promise runs, and who hears of it when. Of the entries of `[[promises]]` the first that
        holds for a lead from this source counts. What it leaves out, and what no entry says, is as in `[sla]` with the
        usual steps."""
        return self._ladder(what, next((one for one in self.promises if one.holds(what, source)), None))

    def varies(self, *whats: What) -> bool:
        """True if one of these promises has another length for some sources."""
        return any(one.what in whats and one.when and one.within for one in self.promises)

    def _ladder(self, what: What, entry: PromiseEntry | None) -> Ladder:
        steps = ladders.read_steps(entry.ladder) if entry else ()
        steps = steps or ladders.read_steps(DEFAULT_STEPS[what])
        if entry and entry.within:
            return Ladder(within=ladders.read_length(entry.within), steps=steps)
        key = HOURS_OF.get(What.REPLY if what is What.FIX else what)
        return Ladder(within=timedelta(hours=getattr(self.sla, key)) if key else None, steps=steps)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def digests_to(self) -> str:
        return self.digest_channel or self.handoff_channel

    @property
    def digest_names_people(self) -> bool:
        """True if the digest may name people beside late leads: never in the channel where leads are handed over."""
        return self.digests_to != self.handoff_channel

    def codes(self, move: Move) -> list[str]:
        """Returns the reason codes that are allowed for this move (reject or disqualify), in the document's order."""
        return [code for code, reason in self.reasons.items() if reason.stage.allows(move)]

    def meaning(self, reaction: str) -> Meaning | None:
        """Returns what a reaction means here, or None. Ignores skin tones."""
        return self.emoji.get(names.sent(reaction))

    def next_digest(self, after: datetime) -> datetime:
        """Returns the first moment strictly after `after` at which a digest is due, in UTC."""
        local = after.astimezone(self.zone)
        ahead = (WEEKDAYS.index(self.digest.day) - local.weekday()) % 7
        day = local.date() + timedelta(days=ahead)
        due = self._digest_on(day)
        return due if due > after else self._digest_on(day + timedelta(days=7))

    def _digest_on(self, day: date) -> datetime:
        return in_utc(day, self.digest.time, self.zone)


def _hours_for_all(entry: object) -> tuple[str, float]:
    """Returns the key of `[sla]` for the length that an entry of `[[promises]]` says for all handoffs, and the length
    in hours. The key is empty if it says none."""
    if not isinstance(entry, dict) or entry.get("when") is not None:
        return "", 0
    try:
        return HOURS_OF[What(entry["what"])], ladders.length(entry["within"]) / timedelta(hours=1)
    except (KeyError, ValueError, TypeError, AttributeError):  # no length, or one that is refused later
        return "", 0


@cache
def _zones() -> set[str]:
    return available_timezones()


def validate(document: dict[str, object]) -> Agreement:
    """Returns an agreement from its parts. Raises BadAgreement with every problem."""
    try:
        return Agreement.model_validate(document)
    except ValidationError as error:
        raise BadAgreement([problem for detail in error.errors() for problem in _problems(detail)]) from error


def _problems(detail: ErrorDetails) -> list[KeyProblem]:
    """Returns the problems, each with its own key. One error may name several keys whose values do not fit together."""
    if detail["type"] == "incoherent":
        return [KeyProblem(key, words) for key, words in detail["ctx"]["problems"].items()]
    return [_problem(detail)]


def stored(document: Mapping[str, Any]) -> Agreement:
    """Returns an agreement that was in force once, from its stored document. Its checks were those of the day on which
    it was applied. So it is read by its types alone: none of the checks that `validate` makes today runs, and none that
    is added later. A key that came later has its default, and one that is gone is passed over.

    A name that is not known any more is passed over, too: a key with it has its default, and a list or a table has no
    such entry. Only a reason stays, because handoffs name it. It archives the lead, which asks least of anybody.
    """
    read: Agreement = _read(Agreement, {**document, **_emoji_of(document)})
    return read


def _emoji_of(document: Mapping[str, Any]) -> dict[str, object]:
    """Returns the emoji under the names that Slack sends, because Baton 0.1 stored them as they were written. A wrong
    name is left out, because Slack never sent it, and of two meanings the first counts."""
    meanings: dict[str, object] = {}
    for written, meaning in document.get("emoji", {}).items():
        try:
            meanings.setdefault(names.name(written), meaning)
        except ValueError:
            continue
    return {"emoji": meanings} if "emoji" in document else {}


def _read(kind: Any, value: Any) -> Any:
    """Returns a value from a stored document as this type, whatever the value is."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _read(parts[0], value)
    if origin in (Union, UnionType):
        return None if value is None else _read(parts[0], value)
    if origin is tuple:
        return tuple(one for _, one in _known((one, parts[0], one) for one in value))
    if origin is dict:
        return dict(_known((key, parts[1], one) for key, one in value.items()))
    if origin is Literal:
        if value not in parts:
            raise _UnknownNameError(value)
        return value
    if kind is time:
        return time.fromisoformat(value)
    if issubclass(kind, BaseModel):
        needed = {name: field for name, field in kind.model_fields.items() if field.is_required()}
        others = ((name, field.annotation) for name, field in kind.model_fields.items() if name not in needed)
        return kind.model_construct(
            **{name: _read(field.annotation, value[name]) for name, field in needed.items()},
            **dict(_known((name, of, value[name]) for name, of in others if name in value)),
        )
    if issubclass(kind, StrEnum) and value not in set(kind):
        if kind is Destination:
            return Destination.ARCHIVE
        raise _UnknownNameError(value)
    return kind(value)


class _UnknownNameError(Exception):
    """A stored document has a name that is not known any more."""


def _known(entries: Iterable[tuple[Any, Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yields the key and the value of each of these entries (key, type, stored value) without an unknown name."""
    for key, kind, value in entries:
        try:
            yield key, _read(kind, value)
        except _UnknownNameError:
            continue


def _problem(detail: ErrorDetails) -> KeyProblem:
    where = ".".join(str(part) for part in detail["loc"])
    said = re.sub(r"^Value error, ", "", detail["msg"])
    given = detail.get("input")
    shown = f" (you wrote {given!r})" if isinstance(given, str | int | float | bool) else ""
    match detail["type"]:
        case "missing":
            return KeyProblem(where, "this key is missing")
        case "string_pattern_mismatch" if detail["loc"][0] == "reasons":
            name = where.removesuffix(".[key]")
            return KeyProblem(name, "a code is lower-case letters, digits and _, such as not_now")
        case "string_pattern_mismatch" if where != "currency":
            return KeyProblem(where, f"an id is needed, such as C0123 or U0123, not a name{shown}")
        case "extra_forbidden":
            return KeyProblem(where, "there is no such key in the agreement")
        case _:
            return KeyProblem(where, f"{said[:1].lower()}{said[1:]}{shown}")
