"""The desk, driven at random, and a small independent model that knows only the diagram of the lifecycle."""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlmodel import col, select

from models.errors import PersonId, Refused
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.messages import MessageKind
from models.rules.promises import OWED
from models.rules.replay import Replayed, replay
from models.rules.rows import LineKind, Release, promised
from models.storage.store import Store
from models.storage.tables import Handoff, Outbox, Promise, Receipt
from tests.monday import TEN
from tests.unit.office import DANA, MARK, MAX, MIA, REX, Office, lead, promise_row
from tests.unit.test_lifecycle import ARROWS as ALL_ARROWS
from tests.unit.test_lifecycle import MOVES as ALL_MOVES

MOVES = [move for move in ALL_MOVES if move is not Move.EDIT]
# Without edits: an edit is no move of the desk and has its own rule.
ARROWS = {arrow: leads for arrow, leads in ALL_ARROWS.items() if arrow[1] != "edit"}
OPEN = {state.value for state in OPEN_STATES}
PEOPLE = [MIA, MARK, DANA, REX, MAX]
TAKERS = [DANA, REX, MAX]
REASONS = {"reject": ["too_small", "bad_data", "not_now", "wrong_region"], "disqualify": ["not_now", "no_need"]}

# What a reply or a reaction says while it is not there, and the lines that say so.
GONE = "gone"
TAKEN_BACK = {LineKind.FEEDBACK_WITHDRAWN, LineKind.COMMENT_DELETED}
REMARKS = (*TAKEN_BACK, LineKind.FEEDBACK, LineKind.COMMENT, LineKind.COMMENT_EDITED)

_workspaces = itertools.count(1)


@dataclass
class Modelled:
    """A handoff in the model."""

    lead: int
    flagger: PersonId
    state: str = "offered"
    owner: PersonId | None = None  # None: not known, because routing chose
    contested: bool = False
    ruled: bool = False
    reply_owed: bool = False
    moves: list[str] = field(default_factory=lambda: ["flag"])


@dataclass
class Made:
    """Something that was done, and what was there before it: the handoff in the model, the handoff's columns, and what
    marketing owed about each handoff of the lead. `before` is None if there was no handoff."""

    number: int
    line: int
    by: PersonId
    at: datetime
    before: Modelled | None
    columns: dict[str, object]
    answered: dict[int, frozenset[What]]
    following: int | None = None
    renames: bool = False  # it gave the lead another company
    lost: bool = False  # to take it back would lose an edit
    undone: bool = False


class DeskMachine(RuleBasedStateMachine):
    def __init__(self, store: Store, made: Counter[str]) -> None:
        super().__init__()
        self.made = made
        self.office = Office(store, f"TMACHINE{next(_workspaces)}")
        self.at = TEN
        self.model: dict[int, Modelled] = {}
        self.history: list[Made] = []
        self.deliveries = 0
        # What was said, by handoff and reply or reaction: all that it said in turn, and its last event.
        self.said: dict[tuple[int, str], tuple[list[str], str]] = {}

    def receipt(self) -> str:
        self.deliveries += 1
        return f"Ev{self.deliveries}"

    def pass_time(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    def lead_is_open(self, number: int) -> bool:
        return any(known.lead == number and known.state in OPEN for known in self.model.values())

    @rule(
        number=st.integers(0, 3),
        by=st.sampled_from([MIA, MARK, MAX, DANA]),
        minutes=st.integers(1, 300),
        copies=st.integers(1, 2),
    )
    def flag(self, number: int, by: PersonId, minutes: int, copies: int) -> None:
        self.pass_time(minutes)
        details = lead(f"lead{number}@acme.example", why_now="now")
        receipt = self.receipt()
        may = by in (MIA, MARK, MAX) and not self.lead_is_open(number)
        answered, company = self.answered(number), self.company(number)
        for _ in range(copies):
            try:
                found = self.office.flag(details, by=by, at=self.at, receipt=receipt)
            except Refused:
                assert not may
            else:
                assert may
                if found not in self.model:
                    self.model[found] = Modelled(lead=number, flagger=by)
                    for known in self.model.values():
                        known.reply_owed &= known.lead != number
                    renames = company not in (None, details.company)
                    self.remember(found, by, before=None, columns={}, answered=answered, renames=renames)

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 20), move=st.sampled_from(MOVES), by=st.sampled_from(PEOPLE), reason=st.integers(0, 3))
    def try_anything(self, place: int, move: Move, by: PersonId, reason: int) -> None:
        number = sorted(self.model)[place % len(self.model)]
        self.move(number, move, by, reason, minutes=1, copies=1)

    @precondition(lambda self: self.model)
    @rule(
        choice=st.sampled_from(range(60)),
        by_manager=st.booleans(),
        reason=st.integers(0, 3),
        minutes=st.integers(1, 300),
        copies=st.integers(1, 2),
    )
    def go_on(self, choice: int, *, by_manager: bool, reason: int, minutes: int, copies: int) -> None:
        """Somebody who may make it makes a move of the diagram."""
        legal = [
            (number, move, who)
            for number, known in sorted(self.model.items())
            for (state, move), (_, who) in ARROWS.items()
            if state == known.state and not (known.ruled and state == "rejected")
        ]
        if not legal:
            return
        number, move, who = legal[choice % len(legal)]
        known = self.model[number]
        owner = PersonId(self.office.handoff(number).owner or MAX)
        person = {"rep": REX, "owner": owner, "flagger": known.flagger, "manager": MAX}[who]
        self.move(number, Move(move), MAX if by_manager else person, reason, minutes=minutes, copies=copies)

    def move(self, number: int, move: Move, by: PersonId, reason: int, *, minutes: int, copies: int) -> None:
        self.pass_time(minutes)
        known = self.model[number]
        codes = REASONS.get(move.value)
        code = codes[reason % len(codes)] if codes else None
        receipt = self.receipt()
        to = self.handed_to(move, by, reason)
        may = self.may(number, move, by) and not (to and to == self.owner(number))
        before, columns = replace(known, moves=list(known.moves)), self.columns(number)
        for _ in range(copies):
            try:
                self.office.move(
                    move,
                    number,
                    by,
                    at=self.at,
                    note="because",
                    reason=code,
                    value_cents=100,
                    expected_close=date(2027, 6, 1),
                    to=self.handed_to(move, by, reason),
                    receipt=receipt,
                )
            except Refused:
                assert not may
            else:
                assert may
        if may:
            self.happened(known, move, by, code)
            known.owner = to or known.owner
            following = max(self.model) if code == "wrong_region" and move is Move.REJECT else None
            self.remember(number, by, before=before, columns=columns, answered={}, following=following)

    def remember(
        self,
        number: int,
        by: PersonId,
        *,
        before: Modelled | None,
        columns: dict[str, object],
        answered: dict[int, frozenset[What]],
        following: int | None = None,
        renames: bool = False,
    ) -> None:
        line = self.office.ledger(number)[-1].id
        assert line is not None
        self.history.append(
            Made(
                number=number,
                line=line,
                by=by,
                at=self.at,
                before=before,
                columns=columns,
                answered=answered,
                following=following,
                renames=renames,
            )
        )

    def company(self, lead: int) -> str | None:
        """Returns the company of a lead, or None if it was never flagged."""
        known = next((number for number, one in self.model.items() if one.lead == lead), None)
        return self.office.lead_of(known).company if known is not None else None

    def columns(self, number: int) -> dict[str, object]:
        """Returns all columns of a handoff that a move may change, and its promises."""
        stands = [promise for promise in self.office.promises(number) if promise.released is not Release.UNDONE]
        return self.office.handoff(number)._replace(version=0)._asdict() | {"promises": stands}

    def answered(self, lead: int) -> dict[int, frozenset[What]]:
        """Returns what marketing still owes about each handoff of a lead."""
        numbers = [number for number, known in self.model.items() if known.lead == lead]
        owed = {*REPLIES, What.RECALL}
        return {number: frozenset(owed.intersection(self.office.live(number))) for number in numbers}

    @precondition(lambda self: self.history)
    @rule(place=st.integers(0, 3), by_another=st.booleans(), minutes=st.integers(0, 6), copies=st.integers(1, 2))
    def undo(self, place: int, *, by_another: bool, minutes: int, copies: int) -> None:
        """Somebody takes back what was done before."""
        self.pass_time(minutes)
        made = self.history[-1 - place % len(self.history)]
        by = next(person for person in PEOPLE if person != made.by) if by_another else made.by
        may, receipt = self.may_undo(made, by), self.receipt()
        for _ in range(copies):
            try:
                self.office.undo(made.line, by, at=self.at, receipt=receipt)
            except Refused:
                assert not may
            else:
                assert may
        if may:
            self.was_undone(made)

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 20), by=st.sampled_from(PEOPLE), copies=st.integers(1, 2))
    def edit(self, place: int, by: PersonId, copies: int) -> None:
        """Somebody corrects the company's name. That changes no promise, and what was done can still be taken back,
        except a flag that gave the lead another name of the company."""
        self.pass_time(1)
        number = sorted(self.model)[place % len(self.model)]
        known, columns, receipt = self.model[number], self.columns(number), self.receipt()
        may = by in (known.flagger, self.office.handoff(number).owner, MAX)
        for _ in range(copies):
            try:
                self.office.edit(number, by, at=self.at, receipt=receipt, company=f"Company {self.deliveries}")
            except Refused:
                assert not may
            else:
                assert may
        assert self.columns(number) == columns
        if may:
            known.moves.append("edit")
            self.made["edit"] += 1
            for made in self.history:
                made.lost |= made.renames and self.model[made.number].lead == known.lead
            assert self.office.lead_of(number).company == f"Company {self.deliveries}"

    @precondition(lambda self: self.model)
    @rule(
        place=st.integers(0, 20),
        by=st.sampled_from([DANA, REX]),
        reply=st.booleans(),
        back=st.booleans(),
        event=st.integers(1, 9),
        copies=st.integers(1, 2),
    )
    def remark(self, place: int, by: PersonId, *, reply: bool, back: bool, event: int, copies: int) -> None:
        """Somebody replies, reacts, edits a reply or takes it back. The event may be older than what is known."""
        self.pass_time(1)
        number, event_at = sorted(self.model)[place % len(self.model)], f"{event}.1"
        before, about = self.office.handoff(number), by if reply else f"{by} star"
        receipt = "" if reply else self.receipt()
        words = GONE if back else f"words {event}" if reply else "great"
        for _ in range(copies):
            if reply:
                self.office.reply(number, by, None if back else words, ts=by, event_at=event_at, at=self.at)
            else:
                self.office.react(number, by, "star", given=not back, event_at=event_at, at=self.at, receipt=receipt)
        said, last = self.said.get((number, about), ([GONE], ""))
        if event_at > last:
            self.said[number, about] = (said if words == said[-1] else [*said, words]), event_at
        assert self.office.handoff(number) == before, "what people say moves nothing"

    def may_undo(self, made: Made, by: PersonId) -> bool:
        later = self.history[self.history.index(made) + 1 :]
        changed = {made.number, *(number for number, owed in made.answered.items() if owed)}
        moved_since = any(one.number in changed and not one.undone for one in later)
        if by != made.by or made.undone or made.lost or moved_since or self.at - made.at > timedelta(minutes=5):
            return False
        if made.following is not None and self.model[made.following].moves != ["flag"]:
            return False
        known = self.model[made.number]
        reopens = made.before is not None and made.before.state in OPEN and known.state not in OPEN
        rivals = {number for number, one in self.model.items() if one.lead == known.lead and one.state in OPEN}
        return not (reopens and rivals - {made.following})

    def was_undone(self, made: Made) -> None:
        made.undone = True
        self.made["undo"] += 1
        known = self.model[made.number]
        if made.before is None:
            self.model[made.number] = replace(known, state="withdrawn", moves=[*known.moves, "undo"])
            assert self.office.handoff(made.number).voided
            now = self.answered(known.lead)
            for number, owed in made.answered.items():
                assert now[number] >= owed, "what it answered waits again"
                self.model[number].reply_owed |= not owed.isdisjoint(REPLIES)
        else:
            self.model[made.number] = replace(made.before, moves=[*known.moves, "undo"])
            assert self.columns(made.number) == made.columns, "all is as it was before"
        if made.following is not None:
            follower = self.model[made.following]
            self.model[made.following] = replace(follower, state="withdrawn", moves=[*follower.moves, "undo"])
            assert self.office.handoff(made.following).voided

    @staticmethod
    def handed_to(move: Move, by: PersonId, choice: int) -> PersonId | None:
        """Returns who has it after a manager passed it on."""
        return {Move.HAND: TAKERS[choice % len(TAKERS)], Move.TAKE: by}.get(move)

    def owner(self, number: int) -> PersonId | str | None:
        return self.model[number].owner or self.office.handoff(number).owner

    def may(self, number: int, move: Move, by: PersonId) -> bool:
        known = self.model[number]
        if (known.state, move.value) not in ARROWS:
            return False
        _, who = ARROWS[known.state, move.value]
        owns = by == self.owner(number)
        parts = {"rep": by in (DANA, REX), "owner": owns, "flagger": by == known.flagger}
        allowed = by == MAX or parts.get(who, False)
        if move is Move.CONTEST and known.contested:
            return False
        if move is Move.ANSWER and not known.reply_owed:
            return False
        if move in (Move.UPHOLD, Move.OVERTURN) and (known.ruled or not known.contested):
            return False
        return allowed and not (move is Move.OVERTURN and self.lead_is_open(known.lead))

    def happened(self, known: Modelled, move: Move, by: PersonId, code: str | None) -> None:
        known.state = ARROWS[known.state, move.value][0]
        known.moves.append(move.value)
        self.made[move.value] += 1
        known.contested |= move is Move.CONTEST
        if move is Move.REJECT:
            known.reply_owed = code != "wrong_region"
        elif move in (Move.ANSWER, Move.CONTEST, Move.OVERTURN):
            known.reply_owed = False
        known.ruled |= move in (Move.UPHOLD, Move.OVERTURN)
        if move is Move.ACCEPT:
            known.owner = by
        elif move in (Move.RETURN, Move.OVERTURN):
            known.owner = None
        if code == "wrong_region":
            following = max(handoff.number for handoff in self.office.handoffs())
            assert following not in self.model
            self.model[following] = Modelled(lead=known.lead, flagger=known.flagger)

    @invariant()
    def everything_agrees(self) -> None:
        with self.office.store.read() as session:
            here = self.office.id
            handoffs = session.exec(select(Handoff).where(col(Handoff.workspace_id) == here)).all()
            promises = [
                promise_row(one) for one in session.exec(select(Promise).where(col(Promise.workspace_id) == here))
            ]
            wanted = session.exec(select(Outbox).where(col(Outbox.workspace_id) == here)).all()
            keys = {row.key for row in wanted}
            yours = {(row.handoff_id, row.lane) for row in wanted if row.kind == MessageKind.YOUR_MOVE}
            receipts = session.scalar(
                sa.select(sa.func.count()).select_from(Receipt).where(col(Receipt.workspace_id) == here)
            )
        ledger = self.office.lines()
        assert {handoff.number: handoff.state for handoff in handoffs} == {
            number: known.state for number, known in self.model.items()
        }
        open_leads = [handoff.lead_id for handoff in handoffs if handoff.state in OPEN]
        assert len(open_leads) == len(set(open_leads)), "a lead is handed over once at a time"
        for handoff in handoffs:
            known = self.model[handoff.number]
            live = {one.what: one for one in promises if one.handoff_id == handoff.id and one.is_live}
            owed = [one for what, one in live.items() if what is not What.RECALL]
            assert len(owed) <= 1, "one part at a time has the next move"
            if handoff.state in OPEN:
                (promise,) = live.values()
                assert promise.what is OWED[State(handoff.state)]
                assert promise.owner == handoff.owner is not None, "open means that a person owes it by a time"
                assert promise.due_at is not None
            else:
                assert handoff.owner is None
                assert live.keys() <= {*REPLIES, What.RECALL, What.RULING}
            assert known.reply_owed == (not live.keys().isdisjoint(REPLIES))
            assert (What.RULING in live) == (handoff.contested and not handoff.ruled and handoff.state == "rejected")
            assert all((one.next_step_at is not None) == (one.what is not What.RULING) for one in live.values())
            takes = handoff.offered_to if handoff.state == "offered" else handoff.accepted_by
            assert handoff.state not in OPEN or takes == handoff.owner
            entries = [entry for entry in ledger if entry.handoff_id == handoff.id]
            assert [entry.move for entry in entries] == known.moves
            assert handoff.version == len(entries), "the version counts the moves, from 1 when it was flagged"
            assert replay(handoff.id, ledger) == Replayed(
                state=State(handoff.state),
                owner=PersonId(handoff.owner) if handoff.owner else None,
                reason=handoff.reason,
                value_cents=handoff.value_cents,
                currency=handoff.currency,
                expected_close=handoff.expected_close,
                attempts=handoff.attempts,
                promises=tuple(promised(one) for one in sorted(live.values(), key=lambda one: one.id)),
            ), "the lines alone say how the handoff stands"
            undone = {entry.undoes for entry in entries}
            stands = [entry for entry in entries if entry.move not in ("undo", "edit") and entry.id not in undone]
            assert handoff.voided == (not stands), "who took back the flag took back all"
            if stands:
                last = stands[-1]
                assert (last.move, last.actor, last.at) == (
                    handoff.moved,
                    handoff.moved_by,
                    handoff.moved_at,
                ), "the ledger replays to what the handoff says"
            assert f"card:{handoff.id}" in keys
            assert handoff.owner is None or (handoff.id, handoff.owner) in yours
        assert receipts == self.deliveries
        self.each_remark_has_its_line({handoff.id: handoff.number for handoff in handoffs})

    def each_remark_has_its_line(self, numbers: dict[int, int]) -> None:
        told: dict[tuple[int, str], list[str]] = {}
        for line in self.office.happenings(*REMARKS):
            about = line.detail.get("ts") or f"{line.actor} {line.detail['reaction']}"
            words = GONE if line.kind in TAKEN_BACK else line.detail.get("meaning", line.note)
            told.setdefault((numbers[line.handoff_id or 0], about), [GONE]).append(words)
        for key, (said, _) in self.said.items():
            erased = GONE in said[1:] and " " not in key[1]  # a reply that was deleted
            kept = [
                "" if erased and words != GONE and GONE in said[place:] else words for place, words in enumerate(said)
            ]
            assert told.pop(key, [GONE]) == kept
        assert told == {}, "nobody said more"


def play(store: Store, *, examples: int, steps: int) -> Counter[str]:
    """Runs the machine on this database. Returns how often each move was made."""
    made: Counter[str] = Counter()

    class OnThisDatabase(DeskMachine):
        def __init__(self) -> None:
            super().__init__(store, made)

    # Derandomized, because the tests assert which moves it reaches, and a random run reaches different ones each time.
    how = settings(max_examples=examples, stateful_step_count=steps, derandomize=True, database=None)
    run_state_machine_as_test(OnThisDatabase, settings=how)
    return made


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_people_do_the_desk_does_what_the_picture_says(store: Store) -> None:
    made = play(store, examples=20, steps=36)
    assert len(made) > 8, "the machine got around"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_on_postgres_it_does_so_as_well(store: Store) -> None:
    made = play(store, examples=8, steps=25)
    assert len(made) > 4
