"""`baton facts`: answers another program's questions about leads. It only reads, and works while no bot runs.

Standard input has one question on each line. Standard output gets one answer on each line, in the order of the
questions. Both are JSON objects in UTF-8. The program ends when its input ends.

    {"question": "ledger.v1", "number": 42, "id": 7}
    {"id": 7, "question": "ledger.v1", "answer": [{"at": "2026-11-16T09:00:00Z", "actor": "U1", "move": "flag", …}]}

A question without an answer gets an error in its place. The kind of the error is one of `ErrorKind`:

    {"id": 7, "error": {"kind": "request", "message": "number: Field required"}}

The answer repeats the question's `id`, which is optional. `workspace` (T…) is needed if there are several. Times are in
ISO 8601 with a zone, and answers give them in UTC. The classes below say what each question takes and what its answer
is. A question never changes its meaning: a change makes a new question (`ledger.v2`), and the old one keeps its answer.
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
from models.reports.inspection import Card, Due, HandoffNow, InspectedLine, Inspection
from models.rules.rows import LARGEST_NUMBER
from models.storage import problems, schema
from models.storage.store import Store

# In bytes. A question needs a few hundred. Baton does not read a longer line into memory.
LONGEST_LINE = 65_536


class ErrorKind(StrEnum):
    """Why a question has no answer."""

    # The line is no question, there is no such question, or it lacks something.
    REQUEST = "request"
    # The question names no workspace, and there are several, or none yet.
    WORKSPACE = "workspace"
    # The database is of another version: `baton migrate` has not run yet, or a newer Baton ran it.
    SCHEMA = "schema"
    # The database does not answer.
    DATABASE = "database"


class Unanswerable(Exception):  # noqa: N818 - it is an answer
    """A question has no answer. The message says why."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside of the calendar") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
# An id or a timestamp, as the chat writes it.
Name = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]*$")]


class FactsQuestion(BaseModel, ABC):
    """What all questions have in common. `question` is the `name` of the class."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: ClassVar[str]

    question: str
    id: int | str | None = None
    workspace: Name | None = None

    @abstractmethod
    def answer(self, inspection: Inspection, workspace: str) -> object: ...


class Handoffs(FactsQuestion):
    """All handoffs as they stand, newest first."""

    name: ClassVar[str] = "handoffs.v1"

    def answer(self, inspection: Inspection, workspace: str) -> tuple[HandoffNow, ...]:
        return inspection.handoffs(workspace)


class Ledger(FactsQuestion):
    """The ledger lines of one handoff, in order. Empty if there is no such handoff."""

    name: ClassVar[str] = "ledger.v1"
    number: int = Field(ge=1, le=LARGEST_NUMBER)

    def answer(self, inspection: Inspection, workspace: str) -> tuple[InspectedLine, ...]:
        return inspection.ledger(workspace, self.number)


class Moves(FactsQuestion):
    """The names of the moves that were made since then, each once."""

    name: ClassVar[str] = "moves.v1"
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> list[str]:
        return list(inspection.moves(workspace, since=self.since))


class About(FactsQuestion):
    """The number of the handoff that a message of Baton's is about, or null."""

    name: ClassVar[str] = "about.v1"
    channel: Name
    ts: Name

    def answer(self, inspection: Inspection, workspace: str) -> int | None:
        return inspection.about(workspace, self.channel, self.ts)


class FirstReminder(FactsQuestion):
    """The ts of the first reminder that was written since then and shown to the person, or null."""

    name: ClassVar[str] = "reminder.v1"
    person: Name
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> str | None:
        return inspection.reminder(workspace, self.person, since=self.since)


class Digest(FactsQuestion):
    """The ts of the first digest that was written since then and shown, or null."""

    name: ClassVar[str] = "digest.v1"
    since: Moment

    def answer(self, inspection: Inspection, workspace: str) -> str | None:
        return inspection.digest(workspace, since=self.since)


class Cards(FactsQuestion):
    """For each handoff, the lane of its card and the token in the metadata of that message. Null if no card was
    wanted."""

    name: ClassVar[str] = "cards.v1"

    def answer(self, inspection: Inspection, workspace: str) -> tuple[Card, ...]:
        return inspection.cards(workspace)


class GivenUp(FactsQuestion):
    """How many messages are dead: Baton does not try them any more."""

    name: ClassVar[str] = "given_up.v1"

    def answer(self, inspection: Inspection, workspace: str) -> int:
        return inspection.given_up(workspace)


class NextBreach(FactsQuestion):
    """When the next promise breaks, or the managers hear of a broken one. Null if no promise runs."""

    name: ClassVar[str] = "next_breach.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_breach(workspace, after=self.after)


class NextDigest(FactsQuestion):
    """When the next digest is due, or null."""

    name: ClassVar[str] = "next_digest.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_digest(workspace, after=self.after)


class NextDue(FactsQuestion):
    """When Baton next does something by itself, or null."""

    name: ClassVar[str] = "next_due.v1"
    after: Moment

    def answer(self, inspection: Inspection, workspace: str) -> datetime | None:
        return inspection.next_due(workspace, after=self.after)


class Undone(FactsQuestion):
    """How much of each kind is due by then and can be done."""

    name: ClassVar[str] = "undone.v1"
    at: Moment

    def answer(self, inspection: Inspection, workspace: str) -> dict[Due, int]:
        return inspection.undone(workspace, at=self.at)


class Owed(FactsQuestion):
    """How much of each kind was first due by then and is not done, even if it was put off since."""

    name: ClassVar[str] = "owed.v1"
    at: Moment

    def answer(self, inspection: Inspection, workspace: str) -> dict[Due, int]:
        return inspection.owed(workspace, at=self.at)


QUESTIONS: dict[str, type[FactsQuestion]] = {
    kind.name: kind
    for kind in (
        Handoffs,
        Ledger,
        Moves,
        About,
        FirstReminder,
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
    kind: ErrorKind
    message: str


@dataclass(frozen=True)
class Failure:
    id: int | str | None
    error: Error


def converse(asked: BinaryIO, said: BinaryIO, store: Store) -> None:
    """Reads questions from `asked` and writes their answers to `said`, until the input ends."""
    for line in _lines(asked):
        said.write(to_json(_reply(store, line)) + b"\n")
        said.flush()


def _lines(asked: BinaryIO) -> Iterator[bytes]:
    """Yields each line. Of a line that is too long, yields only the beginning, which is no JSON."""
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
        error = Error(why.kind, str(why))
    except (SchemaTooOld, SchemaTooNew) as why:
        error = Error(ErrorKind.SCHEMA, str(why))
    except sa.exc.SQLAlchemyError as why:
        error = Error(ErrorKind.DATABASE, f"The database {problems.known(why)}.")
    named = given.get("id")
    return Failure(named if isinstance(named, int | str) else None, error)


def _object(line: bytes) -> dict[str, Any]:
    try:
        given = from_json(line)
    except ValueError as error:
        raise Unanswerable(ErrorKind.REQUEST, f"a question is one JSON object on a line: {error}") from error
    if not isinstance(given, dict):
        raise Unanswerable(ErrorKind.REQUEST, 'a question is a JSON object, such as {"question": "handoffs.v1"}')
    return given


def _question(given: dict[str, Any]) -> FactsQuestion:
    kind = QUESTIONS.get(str(given.get("question")))
    if kind is None:
        raise Unanswerable(ErrorKind.REQUEST, f"question: one of {', '.join(QUESTIONS)}")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False))
        raise Unanswerable(ErrorKind.REQUEST, "; ".join(wrong)) from error


def _only_workspace(inspection: Inspection) -> str:
    known = inspection.workspaces()
    if len(known) != 1:
        which = f"one of {', '.join(known)}" if known else "its id (T…); there is none in the database yet"
        raise Unanswerable(ErrorKind.WORKSPACE, f"workspace: {which}")
    return known[0]
