"""The ledger: everything that happened, one line for each move and each other happening. Lines are only ever added.

A line comes apart when it is written, and is put together when it is read. No text that a person typed and no field of
a lead stands in it: these stand in a row of their own, which can be deleted when a person is erased. The line keeps a
hash of them, so a changed text shows. The hash is made with a random salt that stands with the text. So once the text
is deleted, the hash does not even tell whether a guess at the text is right.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypedDict, assert_never

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import PersonId
from models.rules.fields import OF_HANDOFF
from models.rules.lifecycle import Move, State
from models.rules.rows import (
    NO_DETAIL,
    NOTHING,
    BeforeSaid,
    Columns,
    Detail,
    HappeningRow,
    LedgerRow,
    LineKind,
    Promised,
    before_of,
)
from models.storage.tables import LedgerEntry, LedgerText, table

# The columns of a handoff that hold words, or fields of the lead.
WORDS = frozenset({"reason_note", *OF_HANDOFF})
# What stands in `detail` of an edit: the texts before and after, by field.
CHANGED = "changed"


class StoredLine(NamedTuple):
    """A line without its texts, as the table `LedgerEntry` keeps it. It begins with the fields of a `LedgerRow` up to
    `undoes`, of which a `HappeningRow` has those up to `actor`."""

    id: int
    workspace_id: str
    handoff_id: int | None
    at: datetime
    actor: PersonId
    version: int | None = None
    move: Move | None = None
    state: State | None = None
    owner: PersonId | None = None
    reason: str | None = None
    value_cents: int | None = None
    currency: str = ""
    expected_close: date | None = None
    attempts: int | None = None
    promises: tuple[Promised, ...] = ()
    undoes: int | None = None
    kind: LineKind = LineKind.MOVE
    detail: Detail = NO_DETAIL
    before: BeforeSaid | None = None
    text_hash: str | None = None


# With how many of these fields a `LedgerRow` begins, and a `HappeningRow`.
OF_MOVE: Final = 16
OF_HAPPENING: Final = 5


class Words(TypedDict, total=False):
    """The texts of a line as JSON keeps them. What is empty is left out."""

    note: str
    # The texts before and after an edit, by field.
    changed: Mapping[str, Sequence[str]]
    # The earlier values of the lead, and of the columns of the handoff that hold words.
    lead: Columns
    handoff: Columns


class StoredText(NamedTuple):
    """The texts of a line, as the table `LedgerText` keeps them."""

    id: int
    salt: str
    text: str


def apart(line: LedgerRow | HappeningRow) -> tuple[StoredLine, StoredText | None]:
    """Returns a line without its texts, and the texts, if it has any."""
    match line:
        case LedgerRow():
            return _move_apart(line)
        case HappeningRow():
            text = _text(line.id, {"note": line.note})
            return StoredLine(*line[:OF_HAPPENING], kind=line.kind, detail=line.detail, text_hash=_hash(text)), text
        case other:
            assert_never(other)


def _move_apart(line: LedgerRow) -> tuple[StoredLine, StoredText | None]:
    before = line.before
    words: Words = {"note": line.note, "changed": line.detail.get(CHANGED, {})}
    if before is not None:
        words |= {"lead": dict(before.lead), "handoff": _chosen(before.handoff, words=True)}
    text = _text(line.id, words)
    if before is not None:
        before = before._replace(lead=NOTHING, handoff=_chosen(before.handoff, words=False))
    detail = {name: said for name, said in line.detail.items() if name != CHANGED}
    kept = before.as_json() if before is not None else None
    return StoredLine(*line[:OF_MOVE], detail=detail, before=kept, text_hash=_hash(text)), text


def _text(line: int, words: Words) -> StoredText | None:
    said = {name: word for name, word in words.items() if word}
    if not said:
        return None
    return StoredText(line, secrets.token_hex(16), json.dumps(said, sort_keys=True, separators=(",", ":")))


def _hash(text: StoredText | None) -> str | None:
    return hash_of(text.salt, text.text) if text else None


def _chosen(columns: Columns, *, words: bool) -> Columns:
    return {name: value for name, value in columns.items() if (name in WORDS) is words}


def hash_of(salt: str, text: str) -> str:
    """Returns the hash that a line keeps of its texts: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(f"{salt}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def is_as_written(text_hash: str | None, salt: str | None, text: str | None) -> bool:
    """True if the texts of a line are those with which it was written, or are deleted."""
    return text is None or text_hash == hash_of(salt or "", text)


_line, _words = table(LedgerEntry).c, table(LedgerText).c
# Where lines are read with their texts, and the columns that `together` takes.
LINES = table(LedgerEntry).outerjoin(table(LedgerText), _words.id == _line.id)
LINE = (*(_line[name] for name in StoredLine._fields), _words.salt, _words.text)
# SQL condition: the line is that of a move. Only such lines have a version, and only those `together` takes.
IS_MOVE = _line.kind == sa.literal_column(f"'{LineKind.MOVE.value}'")


def together(columns: Sequence[Any]) -> LedgerRow:
    """Returns the line of a move that was read, with its texts. Deleted texts are empty, and such a line can't be
    undone. So are texts with which the line was not written."""
    line, text = _read(columns)
    words: Words = json.loads(text) if text is not None else {}
    before = before_of(line.before) if line.before is not None else None
    if before is not None:
        before = before._replace(
            lead=words.get("lead", NOTHING), handoff={**before.handoff, **words.get("handoff", {})}
        )
        if line.text_hash is not None and text is None:
            before = before._replace(promises=None)
    changed = {CHANGED: words["changed"]} if "changed" in words else {}
    return LedgerRow._make((*line[:OF_MOVE], words.get("note", ""), {**line.detail, **changed}, before))


def happening(columns: Sequence[Any]) -> HappeningRow:
    """Returns a line of another kind that was read, with its text. A deleted text is empty, and one with which the line
    was not written."""
    line, text = _read(columns)
    words: Words = json.loads(text) if text is not None else {}
    note = words.get("note", "")
    return HappeningRow(*line[:OF_HAPPENING], kind=line.kind, detail=line.detail, note=note)


def _read(columns: Sequence[Any]) -> tuple[StoredLine, str | None]:
    """Returns a line that was read, and its texts: None if they are deleted, or are not those that its hash is of. The
    database lets a row be added where one was deleted."""
    *stored, salt, text = columns
    line = StoredLine._make(stored)
    return line, text if is_as_written(line.text_hash, salt, text) else None


def append(session: Session, *lines: HappeningRow) -> None:
    """Adds these lines in a session, for what no decision writes."""
    for line, text in map(apart, lines):
        session.execute(sa.insert(table(LedgerEntry)), line._asdict())
        if text is not None:
            session.execute(sa.insert(table(LedgerText)), text._asdict())


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL condition: somebody undid the ledger line with this id."""
    undo = table(LedgerEntry).alias("undo")
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))
