"""The ledger in the database: its lines hold no text that a person typed and no field of a lead."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.errors import CantUndo
from models.reports.inspection import Inspection, Verified
from models.rules import messages
from models.rules.ladders import What
from models.rules.lifecycle import Move
from models.rules.messages import MessageKind
from models.rules.replay import replay
from models.rules.rows import HappeningRow, LineKind
from models.storage import ledger
from models.storage.tables import LedgerEntry, LedgerText, table
from models.storage.wanted import want
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, REX, Office, agreement, lead

JANE = lead(
    "jane@acme.example",
    name="Jane Secret",
    company="Hidden Inc",
    title="Chief Whisperer",
    phone="+1 212 555 0199",
    website="hush.example",
    source="Covert Fair",
    campaign="Undercover",
    score=77_777,
    why_now="wants it quietly",
)


def raw(office: Office) -> str:
    """Returns everything that stands in the table of lines."""
    with office.store.read() as session:
        return repr(session.execute(sa.select(table(LedgerEntry))).all())


def texts(office: Office) -> Sequence[int]:
    """Returns the ids of the lines that have texts."""
    with office.store.read() as session:
        return session.scalars(sa.select(table(LedgerText).c.id)).all()


def erase(office: Office) -> None:
    with office.store.write() as session:
        session.execute(sa.delete(table(LedgerText)))


def verified(office: Office, newest: int = 100) -> Verified:
    with office.store.read() as session:
        return Inspection(session).verified(office.id, newest=newest)


def test_no_line_holds_what_a_person_typed_or_a_field_of_a_lead(office: Office) -> None:
    number = office.flag(JANE)
    office.edit(number, MIA, name="Jane Veiled", company="Masked Ltd", score="66666", why_now="not so quietly")
    office.move(Move.REJECT, number, DANA, reason="not_now", note="hush hush")
    again = office.flag(lead("jane@acme.example", name="Jane Cloaked", why_now="now aloud"))
    office.undo(office.ledger(again)[0].id, MIA)
    office.move(Move.CONTEST, number, MIA, note="a rumour")
    office.move(Move.OVERTURN, number, MAX, note="a riddle")
    told = " ".join(str(line) for line in office.lines())
    for words in ("Secret", "Veiled", "Masked", "66666", "quietly", "hush hush", "aloud", "rumour", "riddle", "77777"):
        assert words in told, "with its texts a line is whole"
        assert words not in raw(office)
    for words in ("acme", "Hidden", "Whisperer", "0199", "hush.example", "Covert", "Undercover", "Cloaked"):
        assert words not in raw(office)


def test_a_line_without_words_writes_one_row(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    office.move(Move.RETURN, number, DANA, note="not mine")
    assert list(texts(office)) == [office.ledger(number)[-1].id]


def test_a_line_says_everything_that_its_move_set(office: Office) -> None:
    number = office.qualified(office.flag())
    flagged, accepted, qualified = office.ledger(number)
    assert [(one.what, one.state) for one in flagged.promises] == [("answer", "running")]
    assert [(one.what, one.state) for one in accepted.promises] == [("answer", "kept"), ("contact", "running")]
    assert [(one.what, one.state) for one in qualified.promises] == [("contact", "kept"), ("close", "running")]
    closes = TEN.date() + timedelta(days=30)
    assert (qualified.value_cents, qualified.currency, qualified.expected_close) == (500_00, "EUR", closes)
    assert (flagged.value_cents, flagged.currency, flagged.expected_close, flagged.attempts) == (None, "", None, 0)


def test_what_a_flag_keeps_of_an_earlier_handoff_is_in_its_line(office: Office) -> None:
    first = office.flag(JANE)
    office.move(Move.REJECT, first, DANA, reason="bad_data", note="no such number")
    office.flag(lead("jane@acme.example", phone="+1 212 555 0100"), fixes=first)
    handoff = office.id_of(first)
    own = [line for line in office.lines() if line.handoff_id == handoff]
    assert [one.what for one in replay(handoff, own).promises] == ["fix"]
    stands = replay(handoff, office.lines())
    assert (stands.promises, stands.state, stands.reason) == ((), "rejected", "bad_data")


def test_what_a_fix_to_the_address_of_another_lead_keeps_is_in_a_line_of_that_lead(office: Office) -> None:
    first, other = office.flag(JANE), office.flag(lead("joan@acme.example"))
    for number in (first, other):
        office.move(Move.REJECT, number, office.handoff(number).offered_to, reason="bad_data", note="no such number")
    fixed, of_first = office.flag(lead("joan@acme.example", phone="1"), fixes=first), office.id_of(first)
    assert office.handoff(fixed).lead_id == office.handoff(other).lead_id != office.handoff(first).lead_id
    own = [line for line in office.lines() if line.handoff_id == of_first]
    assert [one.what for one in replay(of_first, own).promises] == ["fix"]
    assert replay(of_first, office.lines()).promises == ()
    office.undo(None, MIA)
    assert [one.what for one in replay(of_first, office.lines()).promises] == ["fix"]
    assert What.FIX in office.live(first)


def test_replay_needs_a_line_of_the_handoff(office: Office) -> None:
    office.flag()
    with pytest.raises(ValueError, match="no line is about the handoff 7"):
        replay(7, office.lines())


def test_erased_texts_are_empty_and_what_was_done_can_not_be_undone(office: Office) -> None:
    number = office.flag(JANE)
    office.edit(number, MIA, name="Jane Veiled")
    office.move(Move.ACCEPT, number, REX, note="mine")
    erase(office)
    flagged, edited, accepted = office.ledger(number)
    assert (flagged.note, edited.detail, accepted.note) == ("", {}, "")
    with pytest.raises(CantUndo):
        office.undo(accepted.id, REX)
    with pytest.raises(CantUndo):
        office.undo(None, REX)
    handoff = office.handoff(number)
    assert replay(handoff.id, office.lines()).owner == handoff.owner == REX, "the lines say how it stands all the same"


def test_texts_that_were_changed_show_and_erased_ones_do_not(office: Office) -> None:
    kept, changed, erased = (office.flag(lead(why_now=why)) for why in ("one", "two", "three"))
    office.move(Move.ACCEPT, kept, DANA)
    assert verified(office) == Verified(lines=5, texts=3, deleted=0, changed=())
    words = table(LedgerText)
    (line,), (gone,) = office.ledger(changed), office.ledger(erased)
    with office.store.write() as session:
        session.execute(sa.delete(words).where(words.c.id == gone.id))
        salt = session.scalar(sa.select(words.c.salt).where(words.c.id == line.id))
        session.execute(sa.delete(words).where(words.c.id == line.id))
        session.execute(sa.insert(words).values(id=line.id, salt=salt, text='{"note":"tow"}'))
    assert verified(office) == Verified(lines=5, texts=2, deleted=1, changed=(changed,))
    assert verified(office, newest=2) == Verified(lines=2, texts=0, deleted=1, changed=()), "only the newest"


def test_a_text_that_is_added_to_a_line_without_one_shows(office: Office) -> None:
    number = office.flag()
    (line,) = office.ledger(number)
    with office.store.write() as session:
        forged = {"id": line.id, "salt": "s", "text": '{"note":"evil"}'}
        session.execute(sa.insert(table(LedgerText)).values(forged))
    assert verified(office).changed == (number,)
    assert [one.note for one in office.ledger(number)] == [""]


@pytest.mark.parametrize("as_salted", [True, False])
def test_words_that_were_put_where_others_were_deleted_are_not_told_but_reported(
    office: Office, *, as_salted: bool
) -> None:
    number = office.flag(JANE)
    office.edit(number, MIA, name="Jane Veiled")
    office.move(Move.ACCEPT, number, REX, note="mine")
    words = table(LedgerText)
    with office.store.write() as session:
        kept = session.execute(sa.select(words)).mappings().all()
        session.execute(sa.delete(words))
        for row in kept:
            evil = {"text": row["text"].replace("mine", "hers").replace("Veiled", "Forged").replace("quietly", "aloud")}
            session.execute(sa.insert(words), {**row, **evil, **({} if as_salted else {"salt": "another"})})
    assert verified(office).changed == (number,)
    flagged, edited, accepted = office.ledger(number)
    assert (flagged.note, edited.detail, accepted.note) == ("", {}, "")
    with pytest.raises(CantUndo):
        office.undo(accepted.id, REX)


def test_the_text_that_was_deleted_can_come_back_from_a_backup(office: Office) -> None:
    number = office.flag(JANE)
    before, words = office.ledger(number), table(LedgerText)
    with office.store.write() as session:
        kept = session.execute(sa.select(words)).mappings().one()
        session.execute(sa.delete(words))
    assert office.ledger(number) != before
    with office.store.write() as session:
        session.execute(sa.insert(words), dict(kept))
    assert office.ledger(number) == before


def test_what_a_person_said_beside_moves_is_told_only_as_it_was_written(office: Office) -> None:
    number = office.flag()
    office.reply(number, DANA, "call her", ts="1.1", event_at="1.1")
    words = table(LedgerText)
    with office.store.write() as session:
        line = session.scalar(sa.select(words.c.id))
        session.execute(sa.delete(words))
        session.execute(sa.insert(words), {"id": line, "salt": "s", "text": '{"note":"never call"}'})
    assert [one.note for one in office.happenings(LineKind.COMMENT)] == [""]


def test_the_same_text_has_another_hash_in_each_line(office: Office) -> None:
    numbers = [office.flag(lead(why_now="the same")) for _ in range(2)]
    office.move(Move.ACCEPT, numbers[0], DANA)
    with office.store.read() as session:
        hashes = session.scalars(sa.select(table(LedgerEntry).c.text_hash)).all()
    given = {one for one in hashes if one is not None}
    assert (len(given), hashes.count(None)) == (2, 2)
    assert ledger.hash_of("salt", '{"note":"x"}') == ledger.hash_of("salt", '{"note":"x"}')


def test_a_lost_lead_keeps_its_value_in_the_line(office: Office) -> None:
    number = office.qualified(office.flag())
    office.move(Move.LOSE, number, DANA, value_cents=1_00)
    handoff = office.handoff(number)
    stands = replay(handoff.id, office.lines())
    assert (stands.value_cents, stands.expected_close) == (1_00, date(2026, 12, 16))
    assert stands.promises == ()


def test_feedback_given_and_taken_back_has_lines_and_a_copy_or_an_older_event_has_none(office: Office) -> None:
    number = office.flag()
    office.react(number, DANA, "star", event_at="1700000001.1")
    office.react(number, DANA, "star", event_at="1700000001.1")
    office.react(number, DANA, "star", event_at="1700000002.1")
    office.react(number, DANA, "star", given=False, event_at="1700000004.1", at=TEN + timedelta(hours=1))
    office.react(number, DANA, "star", event_at="1700000003.1")
    given, withdrawn = office.happenings(LineKind.FEEDBACK, LineKind.FEEDBACK_WITHDRAWN)
    said = {"reaction": "star", "meaning": "great", "event_at": "1700000001.1"}
    assert given == HappeningRow(given.id, office.id, office.id_of(number), TEN, DANA, LineKind.FEEDBACK, said)
    assert (withdrawn.kind, withdrawn.at) == (LineKind.FEEDBACK_WITHDRAWN, TEN + timedelta(hours=1))
    assert withdrawn.detail["event_at"] == "1700000004.1"


def test_feedback_that_was_never_there_is_withdrawn_without_a_line(office: Office) -> None:
    number = office.flag()
    office.react(number, DANA, "star", given=False, event_at="2.1")
    office.react(number, DANA, "star", event_at="1.1")
    office.react(number, MIA, "star", event_at="1.2")
    assert office.happenings(*LineKind) == office.happenings(LineKind.MOVE, LineKind.AGREEMENT)


def test_a_reply_has_a_line_each_time_that_it_changes_and_its_texts_go_when_it_is_deleted(office: Office) -> None:
    number = office.flag()
    office.reply(number, DANA, "other", ts="1.0", event_at="1.0")
    office.reply(number, DANA, "called her", event_at="1.1")
    office.reply(number, DANA, "called her", event_at="1.1")
    office.reply(number, DANA, "called him", event_at="1.3")
    office.reply(number, DANA, "called them", event_at="1.2")
    office.reply(number, DANA, "called him", event_at="1.4")
    lines = office.happenings(LineKind.COMMENT, LineKind.COMMENT_EDITED)
    assert [(line.kind, line.note) for line in lines] == [
        (LineKind.COMMENT, "other"),
        (LineKind.COMMENT, "called her"),
        (LineKind.COMMENT_EDITED, "called him"),
    ]
    assert lines[2].detail == {"ts": "1.1", "event_at": "1.3"}
    assert "called" not in raw(office), "the words stand apart"
    office.reply(number, DANA, None, event_at="1.5")
    office.reply(number, DANA, None, event_at="1.5")
    (deleted,) = office.happenings(LineKind.COMMENT_DELETED)
    assert (deleted.actor, deleted.detail) == (DANA, {"ts": "1.1", "event_at": "1.5"})
    assert [line.note for line in office.happenings(LineKind.COMMENT, LineKind.COMMENT_EDITED)] == ["other", "", ""]
    assert verified(office).changed == ()


def test_a_changed_text_of_a_reply_shows(office: Office) -> None:
    number = office.flag()
    office.reply(number, DANA, "called her", event_at="1.1")
    (line,), words = office.happenings(LineKind.COMMENT), table(LedgerText)
    with office.store.write() as session:
        session.execute(sa.delete(words).where(words.c.id == line.id))
        session.execute(sa.insert(words).values(id=line.id, salt="s", text='{"note":"called no one"}'))
    assert verified(office).changed == (number,)


def test_each_version_of_the_agreement_has_a_line_about_no_handoff(office: Office) -> None:
    office.apply(agreement(currency="USD"), at=TEN)
    office.apply(agreement(currency="USD"), at=TEN + timedelta(hours=1))
    lines = office.happenings(LineKind.AGREEMENT)
    assert [(line.handoff_id, line.actor, line.detail) for line in lines] == [
        (None, MAX, {"version": 1}),
        (None, MAX, {"version": 2}),
    ]
    assert lines[1].at == TEN


def test_who_was_reminded_of_what_has_a_line_once_the_chat_took_the_message(office: Office) -> None:
    first, second = office.flag(rep=DANA), office.flag(lead("joe@acme.example"), rep=DANA)
    at = TEN + timedelta(hours=2)
    office.reminders.remind(at=at)
    assert office.happenings(LineKind.REMINDER) == [], "nobody has read it yet"
    (nudge,) = office.outbox(kind=MessageKind.NUDGE).values()
    ts = f"{at.timestamp():.6f}"
    for _ in range(2):  # shown, and then edited
        (row,) = (
            one for one in office.queue.claim(at=nudge.due_at + timedelta(hours=1), limit=99) if one.id == nudge.id
        )
        assert office.queue.shown(row, channel="D1", ts=ts, fingerprint="x")
        with office.store.write() as session:
            want(session, office.id, [messages.nudge(DANA, due_at=nudge.due_at, key=nudge.key)], at=at)
    lines = office.happenings(LineKind.REMINDER)
    due_at = office.promise(first, What.ANSWER).due_at
    assert due_at is not None
    said = {"to": DANA, "what": "answer", "why": "before", "due_at": due_at.isoformat()}
    assert [(line.handoff_id, line.actor, line.at, line.detail) for line in lines] == [
        (office.id_of(number), "baton", at, said) for number in (first, second)
    ]


@pytest.mark.parametrize("missing", ["handoff_id", "version", "move", "state"])
def test_no_line_of_a_move_is_half_a_line(office: Office, missing: str) -> None:
    (line,) = office.ledger(office.flag())
    stored, _ = ledger.apart(line._replace(id=7, version=2))
    with pytest.raises(sa.exc.IntegrityError), office.store.write() as session:
        session.execute(sa.insert(table(LedgerEntry)), stored._asdict() | {missing: None})
    with office.store.write() as session:
        session.execute(sa.insert(table(LedgerEntry)), stored._asdict())


def test_of_copies_that_arrive_at_once_one_writes_a_line(office: Office) -> None:
    number = office.flag()
    with ThreadPoolExecutor(8) as pool:
        for event in range(10):
            told: list[Future[Any]] = [
                pool.submit(office.reply, number, DANA, f"call {event}", ts=f"{event}.1", event_at=f"{event}.1")
                for _ in range(4)
            ]
            told += [
                pool.submit(office.react, number, DANA, "star", given=event % 2 == 0, event_at=f"{event}.2")
                for _ in range(4)
            ]
            for one in told:
                one.result()
    assert [line.note for line in office.happenings(LineKind.COMMENT)] == [f"call {event}" for event in range(10)]
    reactions = office.happenings(LineKind.FEEDBACK, LineKind.FEEDBACK_WITHDRAWN)
    assert [line.detail["event_at"] for line in reactions] == [f"{event}.2" for event in range(10)]
