"""The ledger: everything that happened to a handoff, one line for each event. Lines are only ever added.

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
from typing import Any, NamedTuple

import sqlalchemy as sa

from models.errors import PersonId
from models.rules.fields import OF_HANDOFF
from models.rules.lifecycle import Move, State
from models.rules.rows import NOTHING, Columns, LedgerRow, Promised, before_of
from models.storage.tables import LedgerEntry, LedgerText, table

# The columns of a handoff that hold words, or fields of the lead.
WORDS = frozenset({"reason_note", *OF_HANDOFF})
# What stands in `detail` of an edit: the texts before and after, by field.
CHANGED = "changed"


class StoredLine(NamedTuple):
    """A line without its texts, as the table `LedgerEntry` keeps it."""

    id: int
    workspace_id: str
    handoff_id: int
    version: int
    at: datetime
    actor: PersonId
    move: Move
    state: State
    owner: PersonId | None
    reason: str | None
    value_cents: int | None
    currency: str
    expected_close: date | None
    attempts: int | None
    promises: tuple[Promised, ...]
    detail: dict[str, Any]
    before: dict[str, Any] | None
    undoes: int | None
    text_hash: str | None


class StoredText(NamedTuple):
    """The texts of a line, as the table `LedgerText` keeps them."""

    id: int
    salt: str
    text: str


def apart(line: LedgerRow) -> tuple[StoredLine, StoredText | None]:
    """Returns a line without its texts, and the texts, if it has any."""
    before = line.before
    words: dict[str, Any] = {
        "note": line.note,
        CHANGED: line.detail.get(CHANGED),
        "lead": dict(before.lead) if before else None,
        "handoff": _chosen(before.handoff, words=True) if before else None,
    }
    text = _text(line.id, {name: said for name, said in words.items() if said})
    if before is not None:
        before = before._replace(lead=NOTHING, handoff=_chosen(before.handoff, words=False))
    return StoredLine(
        id=line.id,
        workspace_id=line.workspace_id,
        handoff_id=line.handoff_id,
        version=line.version,
        at=line.at,
        actor=line.actor,
        move=line.move,
        state=line.state,
        owner=line.owner,
        reason=line.reason,
        value_cents=line.value_cents,
        currency=line.currency,
        expected_close=line.expected_close,
        attempts=line.attempts,
        promises=line.promises,
        detail={name: said for name, said in line.detail.items() if name != CHANGED},
        before=before.as_json() if before is not None else None,
        undoes=line.undoes,
        text_hash=hash_of(text.salt, text.text) if text else None,
    ), text


def _text(line: int, words: Mapping[str, Any]) -> StoredText | None:
    if not words:
        return None
    return StoredText(line, secrets.token_hex(16), json.dumps(words, sort_keys=True, separators=(",", ":")))


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
LINE = (*(_line[name] for name in StoredLine._fields), _words.text)


def together(columns: Sequence[Any]) -> LedgerRow:
    """Returns a line that was read, with its texts. Deleted texts are empty, and such a line can't be undone."""
    line, text = StoredLine._make(columns[:-1]), columns[-1]
    words: dict[str, Any] = json.loads(text) if text is not None else {}
    before = before_of(line.before) if line.before is not None else None
    if before is not None:
        before = before._replace(
            lead=words.get("lead", NOTHING), handoff={**before.handoff, **words.get("handoff", {})}
        )
        if line.text_hash is not None and text is None:
            before = before._replace(promises=None)
    changed = {CHANGED: words[CHANGED]} if CHANGED in words else {}
    return LedgerRow(
        id=line.id,
        workspace_id=line.workspace_id,
        handoff_id=line.handoff_id,
        version=line.version,
        at=line.at,
        actor=line.actor,
        move=line.move,
        state=line.state,
        owner=line.owner,
        reason=line.reason,
        value_cents=line.value_cents,
        currency=line.currency,
        expected_close=line.expected_close,
        attempts=line.attempts,
        promises=line.promises,
        note=words.get("note", ""),
        detail={**line.detail, **changed},
        before=before,
        undoes=line.undoes,
    )


def is_undone(line: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """SQL condition: somebody undid the ledger line with this id."""
    undo = table(LedgerEntry).alias("undo")
    return sa.exists().where(undo.c.undoes == line).correlate(table(LedgerEntry))
