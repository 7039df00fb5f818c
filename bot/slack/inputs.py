"""The fields in the forms of moves: how each is shown, how it is read, and which refusals are shown at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.slack.amounts import cents
from bot.slack.views.blocks import Block, field, option, select, text_input
from models.errors import (
    BadValue,
    CantTakeIt,
    NoteNeeded,
    PersonId,
    ReasonNeeded,
    Refused,
    TooFewAttempts,
    UnknownReason,
    WithThemAlready,
    WrongStage,
)
from models.handoffs.listed import HandoffBrief
from models.rules.lifecycle import Move
from models.rules.requests import MoveField, MoveRequest

# How far ahead the form to qualify suggests the close.
USUAL_CYCLE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is known when a form opens: the present moment, and what was typed before."""

    at: datetime
    reason: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Input:
    """A field in the form of a move."""

    # The name of its block, at which an error is shown.
    name: str
    # Returns the field as the form shows it.
    show: Callable[[HandoffBrief, Given], Block]
    # Returns the request with what was entered here: text, or the chosen value. It also gets what the form carries.
    # Raises BadValue.
    read: Callable[[MoveRequest, str, Mapping[str, Any]], MoveRequest]
    # Returns what the form carries along for `read`.
    carried: Callable[[HandoffBrief], Mapping[str, str]] = lambda _: {}
    # The refusals that are shown at this field, beside a BadValue of what it asks for.
    refusals: tuple[type[Refused], ...] = ()
    asks: MoveField | None = None

    def concerns(self, refusal: Refused) -> bool:
        """True if the refusal is shown at this field."""
        if isinstance(refusal, BadValue):
            return refusal.facts["field"] is self.asks
        return isinstance(refusal, self.refusals)


def note(label: str, *, optional: bool = False, hint: str = "", placeholder: str = "", longest: int = 1000) -> Input:
    """Returns the field for the person's own words."""

    def show(_facts: HandoffBrief, given: Given) -> Block:
        element = text_input(given.note, longest=longest, multiline=True, placeholder=placeholder)
        return field("note", label, element, optional=optional, hint=hint)

    def read(request: MoveRequest, entered: str, _carried: Mapping[str, Any]) -> MoveRequest:
        return replace(request, note=entered.strip())

    return Input(name="note", show=show, read=read, refusals=(NoteNeeded,))


def reason(move: Move) -> Input:
    """Returns the field for a reason of the agreement that allows this move."""

    def show(facts: HandoffBrief, given: Given) -> Block:
        agreement = facts.terms.agreement
        options = [option(agreement.reasons[one].asked_as, one) for one in agreement.codes(move)]
        return field("reason", "Why", select(options, initial=given.reason, placeholder="Choose a reason"))

    def read(request: MoveRequest, entered: str, _carried: Mapping[str, Any]) -> MoveRequest:
        return replace(request, reason=entered or None)

    refusals = (ReasonNeeded, UnknownReason, WrongStage, TooFewAttempts)
    return Input(name="reason", show=show, read=read, refusals=refusals)


def person(label: str, *, hint: str) -> Input:
    """Returns the field for the person who gets the lead."""

    def show(_facts: HandoffBrief, _given: Given) -> Block:
        return field("to", label, {"type": "users_select"}, hint=hint)

    def read(request: MoveRequest, entered: str, _carried: Mapping[str, Any]) -> MoveRequest:
        return replace(request, to=PersonId(entered) if entered else None)

    return Input(name="to", show=show, read=read, refusals=(CantTakeIt, WithThemAlready), asks=MoveField.TO)


def value(label: str, *, placeholder: str = "", known: bool = False) -> Input:
    """Returns the field for an amount. `known`: the lead has a value already, which stands in the field."""

    def currency(facts: HandoffBrief) -> str:
        return (facts.handoff.currency if known else "") or facts.terms.agreement.currency

    def show(facts: HandoffBrief, _given: Given) -> Block:
        amount = f"{(facts.handoff.value_cents or 0) / 100:.2f}".removesuffix(".00") if known else ""
        element = text_input(amount, longest=20, placeholder=placeholder)
        return field("value", f"{label}, in {currency(facts)}", element)

    def read(request: MoveRequest, entered: str, carried: Mapping[str, Any]) -> MoveRequest:
        asked_in = carried.get("currency")
        return replace(request, value_cents=cents(entered, asked_in if isinstance(asked_in, str) else ""))

    return Input(
        name="value", show=show, read=read, carried=lambda facts: {"currency": currency(facts)}, asks=MoveField.VALUE
    )


def expected_close() -> Input:
    """Returns the field for the day on which a deal is expected to close."""

    def show(_facts: HandoffBrief, given: Given) -> Block:
        suggested = (given.at + USUAL_CYCLE).date()
        element = {"type": "datepicker", "initial_date": suggested.isoformat()}
        return field("expected_close", "Expected to close on", element)

    def read(request: MoveRequest, entered: str, _carried: Mapping[str, Any]) -> MoveRequest:
        try:
            return replace(request, expected_close=date.fromisoformat(entered))
        except ValueError as error:
            raise BadValue(field=MoveField.EXPECTED_CLOSE, problem="a date is needed") from error

    return Input(name="expected_close", show=show, read=read, asks=MoveField.EXPECTED_CLOSE)
