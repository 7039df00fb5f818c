"""`baton facts`: what Baton knows of leads, for another program. It only reads, and needs no bot that runs.

One question a line on standard input, one answer a line on standard output, in the order of the questions; both are
JSON objects in UTF-8. It ends when its input does.

    {"question": "ledger.v1", "number": 42, "id": 7}
    {"id": 7, "question": "ledger.v1", "answer": [{"at": "2026-11-16T09:00:00Z", "actor": "U1", "move": "flag", …}]}

A question that can't be answered gets an error in its place, of one of the kinds in `Problem`:

    {"id": 7, "error": {"kind": "request", "message": "number: Field required"}}

`id` is whatever the asker wants to know the answer by, and may be left out. `workspace` (T…) is needed if there are
several. Moments are in ISO 8601 with a zone; answers give them in UTC. The classes below say what each question takes
and gives. A question never changes its meaning: what has to change it becomes a new one (`ledger.v2`), and the old one
is answered as before.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, BinaryIO, ClassVar

import sqlalchemy as sa
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json

from models.errors import SchemaTooNew, SchemaTooOld
from models.reports.inspection import Card, Due, Entry, HandoffNow, Inspection
from models.storage import problems, schema
from models.storage.store import Store
from models.storage.tables import LARGEST_NUMBER

LONGEST_LINE = 65_536
"""Bytes. A question needs a few hundred; what is longer is not read into memory."""


class Problem(StrEnum):
    REQUEST = "request"
    """The line is no question, or one that does not exist or lacks something."""
    WORKSPACE = "workspace"
    """There are several workspaces, or none yet, and the question names none."""
    SCHEMA = "schema"
    """The database is of another version: `baton migrate` has not run yet, or a newer Baton did it."""
    DATABASE = "database"
    """The database does not answer."""


class Unanswerable(Exception):  # noqa: N818 - it is an answer
    """Why a question has no answer, in words."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside of the calendar") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]*$")]
"""An id or a time stamp of the chat's."""


class Question(BaseModel, ABC):
    """What every question has: its `name`, and what may be said with each."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: ClassVar[str]

    question: str
    id: int | str | None = None
    workspace: Name | None = None

    @abstractmethod
    def answer(self, inspection: Inspection, workspace: str) -> object: ...


class Handoffs(Question):
    """All handoffs as they stand, newest first."""

    name: ClassVar[str] = "handoffs.v1"

    def answer(self, inspection: Inspection, workspace: str) -> tuple[HandoffNow, ...]:
        return inspection.handoffs(workspace)


class Ledger(Question):
    """What was written down of one handoff, in order; nothing if there is none of that number."""

    name: ClassVar[str] = "ledger.v1"
    number: int = Field(ge=1, le=LARGEST_NUMBER)

    def answer(self, inspection: Inspection, workspace: str) -> tuple[Entry, ...]:
        return inspection.ledger(workspace, self.number)


class Moves(Question):
    """The names of the moves that were made since then, each once."""

    name: ClassVar[str] = "moves.v1"
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> list[str]:
        return list(inspection.moves(workspace, since=self.since))


class About(Question):
    """The number of the handoff that a message of Baton's is about, or null."""

    name: ClassVar[str] = "about.v1"
    channel: Name
    ts: Name

    def answer(self, inspection: Inspection, workspace: str) -> int | None:
        return inspection.about(workspace, self.channel, self.ts)


class Reminder(Question):
    """The ts of the first reminder written since then that the person was shown, or null."""

    name: ClassVar[str] = "reminder.v1"
    person: Name
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> str | None:
        return inspection.reminder(workspace, self.person, since=self.since)


class Digest(Question):
    """The ts of the first digest written since then that was shown, or null."""

    name: ClassVar[str] = "digest.v1"
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> str | None:
        return inspection.digest(workspace, since=self.since)


class Cards(Question):
    """Of each handoff the lane of its card and the token in that message's metadata; null if none was asked for."""

    name: ClassVar[str] = "cards.v1"

    def answer(self, inspection: Inspection, workspace: str) -> tuple[Card, ...]:
        return inspection.cards(workspace)


class GivenUp(Question):
    """How many messages are tried no more."""

    name: ClassVar[str] = "given_up.v1"

    def answer(self, inspection: Inspection, workspace: str) -> int:
        return inspection.given_up(workspace)


class NextBreach(Question):
    """When the next promise breaks, or a broken one comes before the managers; null if none is running."""

    name: ClassVar[str] = "next_breach.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_breach(workspace, after=self.after)


class NextDigest(Question):
    """When the next digest is due, or null."""

    name: ClassVar[str] = "next_digest.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_digest(workspace, after=self.after)


class NextDue(Question):
    """When Baton next has something to do of its own accord, or null."""

    name: ClassVar[str] = "next_due.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_due(workspace, after=self.after)


class Undone(Question):
    """What is due by then and can be done: how many of each kind."""

    name: ClassVar[str] = "undone.v1"
    at: Moment

    def answer(self, inspection: Inspection, workspace: str) -> dict[Due, int]:
        return inspection.undone(workspace, at=self.at)


class Owed(Question):
    """What was first due by then and is not done, even if it was put off since: how many of each kind."""

    name: ClassVar[str] = "owed.v1"
    at: Moment

    def answer(self, inspection: Inspection, workspace: str) -> dict[Due, int]:
        return inspection.owed(workspace, at=self.at)


QUESTIONS: dict[str, type[Question]] = {
    kind.name: kind
    for kind in (
        Handoffs,
        Ledger,
        Moves,
        About,
        Reminder,
        Digest,
        Cards,
        GivenUp,
        NextBreach,
        NextDigest,
        NextDue,
        Undone,
        Owed,
    )
}


@dataclass(frozen=True)
class Answer:
    id: int | str | None
    question: str
    answer: object


@dataclass(frozen=True)
class Error:
    kind: Problem
    message: str


@dataclass(frozen=True)
class Failure:
    id: int | str | None
    error: Error


def converse(asked: BinaryIO, said: BinaryIO, store: Store) -> None:
    """Answer until nothing more is asked."""
    for line in _lines(asked):
        said.write(to_json(_reply(store, line)) + b"\n")
        said.flush()


def _lines(asked: BinaryIO) -> Iterator[bytes]:
    """Each line; of one that is too long only the beginning, which is no JSON."""
    while line := asked.readline(LONGEST_LINE):
        rest = line
        while rest and len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = asked.readline(LONGEST_LINE)
        yield line


def _reply(store: Store, line: bytes) -> Answer | Failure:
    given: dict[str, Any] = {}
    try:
        given = _object(line)
        question = _question(given)
        with store.read() as session:
            schema.require(session.connection())
            inspection = Inspection(session)
            workspace = question.workspace or _only_workspace(inspection)
            return Answer(question.id, question.name, question.answer(inspection, workspace))
    except Unanswerable as why:
        error = Error(why.problem, str(why))
    except (SchemaTooOld, SchemaTooNew) as why:
        error = Error(Problem.SCHEMA, str(why))
    except sa.exc.SQLAlchemyError as why:
        error = Error(Problem.DATABASE, f"The database {problems.known(why)}.")
    named = given.get("id")
    return Failure(named if isinstance(named, int | str) else None, error)


def _object(line: bytes) -> dict[str, Any]:
    try:
        given = from_json(line)
    except ValueError as error:
        raise Unanswerable(Problem.REQUEST, f"a question is one JSON object on a line: {error}") from error
    if not isinstance(given, dict):
        raise Unanswerable(Problem.REQUEST, 'a question is a JSON object, such as {"question": "handoffs.v1"}')
    return given


def _question(given: dict[str, Any]) -> Question:
    kind = QUESTIONS.get(str(given.get("question")))
    if kind is None:
        raise Unanswerable(Problem.REQUEST, f"question: one of {', '.join(QUESTIONS)}")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False))
        raise Unanswerable(Problem.REQUEST, "; ".join(wrong)) from error


def _only_workspace(inspection: Inspection) -> str:
    known = inspection.workspaces()
    if len(known) != 1:
        which = f"one of {', '.join(known)}" if known else "its id (T…); there is none in the database yet"
        raise Unanswerable(Problem.WORKSPACE, f"workspace: {which}")
    return known[0]
