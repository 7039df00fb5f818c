"""The ledger in the database: its lines hold no text that a person typed and no field of a lead."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from models.errors import CantUndo
from models.reports.inspection import Inspection, Verified
from models.rules.lifecycle import Move
from models.rules.replay import replay
from models.storage import ledger
from models.storage.tables import LedgerEntry, LedgerText, table
from tests.monday import TEN
from tests.unit.office import DANA, MAX, MIA, REX, Office, lead

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
    office.flag(lead("jane@acme.example", phone="+1 212 555 0100"), mends=first)
    handoff = office.id_of(first)
    own = [line for line in office.lines() if line.handoff_id == handoff]
    assert [one.what for one in replay(handoff, own).promises] == ["fix"]
    stands = replay(handoff, office.lines())
    assert (stands.promises, stands.state, stands.reason) == ((), "rejected", "bad_data")


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
    assert verified(office) == Verified(lines=4, texts=3, deleted=0, changed=())
    words = table(LedgerText)
    (line,), (gone,) = office.ledger(changed), office.ledger(erased)
    with office.store.write() as session:
        session.execute(sa.delete(words).where(words.c.id == gone.id))
        salt = session.scalar(sa.select(words.c.salt).where(words.c.id == line.id))
        session.execute(sa.delete(words).where(words.c.id == line.id))
        session.execute(sa.insert(words).values(id=line.id, salt=salt, text='{"note":"tow"}'))
    assert verified(office) == Verified(lines=4, texts=2, deleted=1, changed=(changed,))
    assert verified(office, newest=2) == Verified(lines=2, texts=0, deleted=1, changed=()), "only the newest"


def test_a_text_that_is_added_to_a_line_without_one_shows(office: Office) -> None:
    number = office.flag()
    (line,) = office.ledger(number)
    with office.store.write() as session:
        forged = {"id": line.id, "salt": "s", "text": '{"note":"evil"}'}
        session.execute(sa.insert(table(LedgerText)).values(forged))
    assert verified(office).changed == (number,)


def test_the_same_text_has_another_hash_in_each_line(office: Office) -> None:
    numbers = [office.flag(lead(why_now="the same")) for _ in range(2)]
    office.move(Move.ACCEPT, numbers[0], DANA)
    with office.store.read() as session:
        hashes = session.scalars(sa.select(table(LedgerEntry).c.text_hash)).all()
    given = {one for one in hashes if one is not None}
    assert (len(given), hashes.count(None)) == (2, 1)
    assert ledger.hash_of("salt", '{"note":"x"}') == ledger.hash_of("salt", '{"note":"x"}')


def test_a_lost_lead_keeps_its_value_in_the_line(office: Office) -> None:
    number = office.qualified(office.flag())
    office.move(Move.LOSE, number, DANA, value_cents=1_00)
    handoff = office.handoff(number)
    stands = replay(handoff.id, office.lines())
    assert (stands.value_cents, stands.expected_close) == (1_00, date(2026, 12, 16))
    assert stands.promises == ()
