"""Who may do what: everybody tries everything, over the real protocol.

Each row of a table is one thing that can be done, each column one person who tries it. The tables are written by hand:

    D  done: something changed, a form opened, or a lead was shown
    r  refused, or told that there is nothing: nothing changed, no lead was shown, and the person heard so
    .  nothing: nothing changed, and nobody heard anything
    -  can't be tried
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.sandbox import Answer, Message, Person, View, payloads
from bot.sandbox.records import View as ViewRecord
from bot.sandbox.screen import message_as_shown, view_as_shown
from bot.slack.ids import Action, Form, Shortcut, action_of
from bot.slack.moves import FORMS as FORMS_OF_MOVES
from bot.slack.moves import MOVE_OF_FORM, MOVES
from handlers.commands import WORDS
from models.errors import PersonId
from models.rules.fields import LeadDetails
from models.rules.lifecycle import Move, State
from models.rules.requests import FlagRequest, MoveRequest
from models.storage.tables import Feedback, Handoff, Outbox, Promise, Workspace
from tests import databases
from tests.scenario import world as worlds
from tests.scenario.world import World

# The company of every lead. Whoever reads it was shown a lead.
SECRET = "Geheimwerk"
# The people who try. The rep owns the lead, and a second marketer flagged it. `nobody` is a member in the channel who
# has no part. The outsider and the guest are not in the channel. The bot and the deactivated person are named as reps.
# Other team, other app: the manager acts, but Slack made the payload for another installation.
COLUMNS = (
    *("marketer", "rep", "manager", "nobody", "outsider", "guest", "channel guest", "stranger", "bot", "deactivated"),
    *("other team", "other app"),
)

# The agreement names a marketer, reps and a manager.
NAMED = """
                       mar rep man nob out gue cha str bot dea tea app
/mql line               D   r   D   r   r   r   r   r   r   r   r   r
/mql alone              D   r   D   r   r   r   r   r   r   r   r   r
/mql help               D   D   D   D   D   D   D   D   D   D   r   r
/accept                 r   D   D   r   r   r   r   r   r   r   r   r
/accept alone           D   D   D   D   r   r   D   D   r   r   r   r
/accept by name         D   D   D   D   r   r   D   D   r   r   r   r
/reject                 r   D   D   r   r   r   r   r   r   r   r   r
/reject without reason  r   D   D   r   r   r   r   r   r   r   r   r
/baton mine             r   D   r   r   r   r   r   r   r   r   r   r
/baton lead             D   D   D   D   r   r   D   D   r   r   r   r
/baton find             D   D   D   D   r   r   D   D   r   r   r   r
/baton status           D   D   D   D   D   r   D   D   r   r   r   r
/baton setup            r   r   D   r   r   r   r   r   r   r   r   r
/baton hand             r   r   D   r   r   r   r   r   r   r   r   r
/baton take             r   r   D   r   r   r   r   r   r   r   r   r
Accept                  r   D   D   r   r   r   r   r   r   r   .   .
Reject…                 r   D   D   r   r   r   r   r   r   r   .   .
Withdraw                r   r   D   r   r   r   r   r   r   r   .   .
Log contact             r   D   D   r   r   r   r   r   r   r   .   .
Qualify…                r   D   D   r   r   r   r   r   r   r   .   .
Return…                 r   D   D   r   r   r   r   r   r   r   .   .
Disqualify…             r   D   D   r   r   r   r   r   r   r   .   .
Won…                    r   D   D   r   r   r   r   r   r   r   .   .
Lost…                   r   D   D   r   r   r   r   r   r   r   .   .
Understood              r   r   D   r   r   r   r   r   r   r   .   .
Contest…                r   r   D   r   r   r   r   r   r   r   .   .
Fix…                    D   r   D   r   r   r   r   r   r   r   .   .
Uphold                  r   r   D   r   r   r   r   r   r   r   .   .
Overturn                r   r   D   r   r   r   r   r   r   r   .   .
Hand to…                r   r   D   r   r   r   r   r   r   r   .   .
Take it                 r   r   D   r   r   r   r   r   r   r   .   .
Edit…                   r   D   D   r   r   r   r   r   r   r   .   .
Undo                    r   D   r   r   r   r   r   r   r   r   .   .
Details                 D   D   D   D   r   r   D   D   r   r   .   .
Flag a lead…            D   r   D   r   r   r   r   r   r   r   .   .
Set up…                 r   r   D   r   r   r   r   r   r   r   .   .
form: flag              D   r   D   r   r   r   r   r   r   r   .   .
form: set up            r   r   D   r   r   r   r   r   r   r   .   .
form: reject            r   D   D   r   r   r   r   r   r   r   .   .
form: return            r   D   D   r   r   r   r   r   r   r   .   .
form: qualify           r   D   D   r   r   r   r   r   r   r   .   .
form: disqualify        r   D   D   r   r   r   r   r   r   r   .   .
form: won               r   D   D   r   r   r   r   r   r   r   .   .
form: lost              r   D   D   r   r   r   r   r   r   r   .   .
form: contest           r   r   D   r   r   r   r   r   r   r   .   .
form: edit              r   D   D   r   r   r   r   r   r   r   .   .
form: hand to           r   r   D   r   r   r   r   r   r   r   .   .
reaction: accept        r   D   D   r   -   -   r   r   r   r   .   .
reaction: reject        r   D   D   r   -   -   r   r   r   r   .   .
reaction: contacted     r   D   D   r   -   -   r   r   r   r   .   .
reaction: won           r   D   D   r   -   -   r   r   r   r   .   .
reaction: great         .   D   D   .   -   -   .   .   .   .   .   .
reply in the thread     D   D   D   D   -   -   D   D   D   D   .   .
shortcut                D   r   D   r   r   r   r   r   r   r   .   .
shortcut on a message   D   r   D   r   -   -   r   r   r   r   .   .
Home                    D   D   D   D   r   r   D   D   .   .   .   .
"""

# The agreement names only a manager. Then every member may flag and take leads, and nobody else may.
OPEN_TO_ALL = """
                       mar rep man nob out gue cha str bot dea tea app
/mql line               D   D   D   D   D   r   r   r   r   r   r   r
/accept                 D   D   D   D   D   r   r   r   r   r   r   r
/baton lead             D   D   D   D   D   r   D   D   r   r   r   r
/baton setup            r   r   D   r   r   r   r   r   r   r   r   r
Accept                  D   D   D   D   D   r   r   r   r   r   .   .
Take it                 r   r   D   r   r   r   r   r   r   r   .   .
Details                 D   D   D   D   D   r   D   D   r   r   .   .
form: set up            r   r   D   r   r   r   r   r   r   r   .   .
reaction: great         D   D   D   D   -   -   .   .   .   .   .   .
Home                    D   D   D   D   D   r   D   D   .   .   .   .
"""


def cells(text: str) -> dict[str, dict[str, str]]:
    """Returns the rows of a table by name, each with its cells by column."""
    head, *rows = text.strip("\n").splitlines()
    assert [name[:3] for name in COLUMNS[:-2]] == head.split()[:-2]
    found = {}
    for row in rows:
        name, marks = row[:24].strip(), row[24:].split()
        found[name] = dict(zip(COLUMNS, marks, strict=True))
    return found


@dataclass
class Company:
    """A world with all these people, which serves a whole table."""

    world: World
    people: dict[str, Person]
    mark: Person
    card: Any
    # The bot's answer to the last form.
    answer: Any = None
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def lead(self, state: State, *, contested: bool = False) -> int:
        """Makes a lead in this state, flagged by the second marketer. The rep has it. Returns its number."""
        serial = next(self.serial)
        desk, now = self.world.baton.desk, self.world.now
        details = LeadDetails(name=f"Jane {serial}", company=SECRET, email=f"jane{serial}@geheim.example")
        rep = self.people["rep"]
        request = FlagRequest(receipt=f"flag{serial}", lead=details, rep=PersonId(rep.id))
        number = desk.flag(request, by=self.world.caller(self.mark), at=now).number

        def move(move: Move, by: Person = rep, **more: Any) -> None:
            moved = MoveRequest(receipt=f"{move}{serial}", handoff=number, move=move, **more)
            desk.move(moved, by=self.world.caller(by), at=now)

        match state:
            case State.OFFERED:
                pass
            case State.REJECTED:
                move(Move.REJECT, reason="bad_data", note="?")
                if contested:
                    move(Move.CONTEST, by=self.mark, note="It is right.")
            case State.ACCEPTED | State.WORKING | State.QUALIFIED:
                move(Move.ACCEPT)
                if state is State.WORKING:
                    move(Move.CONTACT)
                elif state is State.QUALIFIED:
                    close = (now + timedelta(days=9)).date()
                    move(Move.QUALIFY, value_cents=100, expected_close=close)
            case _:
                raise ValueError(state)
        return number

    def end(self) -> None:
        """Closes all handoffs and messages, so that the next row starts without any."""
        with self.world.baton.store.write() as session:
            session.execute(sa.update(Handoff).values(state="withdrawn", owner=None))
            session.execute(sa.update(Promise).values(state="released", released="withdrawn", next_step_at=None))
            session.execute(sa.update(Outbox).values(state="done"))

    # Acting.

    def command(self, command: str, text: str) -> Callable[[Person], object]:
        return lambda who: who.command(command, text, channel=self.world.leads)

    def click(self, button: Action | Move, number: int) -> Callable[[Person], object]:
        """Returns a click on a button with this name, even if it is not on the person's screen. The button carries
        the id of the handoff with this number; for Undo the number is a line's id, and without a lead it is nothing."""

        def act(who: Person) -> None:
            slack = self.world.slack
            workspace = slack.workspace
            channel, record = self.world.leads, workspace.message_at(self.world.leads, self.card.ts)
            assert record is not None
            key = workspace.new_response_url(channel, who.record, message=record)
            carried = number if button in (Action.UNDO, Action.FLAG, Action.SETUP) else self.world.id_of(number)
            action = action_of(button) if isinstance(button, Move) else button.value
            clicked = {"type": "button", "action_id": action, "value": str(carried)}
            payload = payloads.message_action(
                workspace,
                who.record,
                channel,
                record,
                actions=[{**clicked, "block_id": "b", "action_ts": workspace.next_ts()}],
                values={},
                response_url=f"{slack.url}/actions/{key}",
            )
            slack.deliver("interactive", payload)

        return act

    def submit(self, opens: Callable[[Person], object], values: dict[str, Any]) -> Callable[[Person], object]:
        """Returns the submission of a form. The manager opens it and fills it in, and the person sends it: with their
        id in the payload."""
        manager = self.people["manager"]
        opens(manager)
        assert manager.view is not None
        for name, value in values.items():
            manager.fill(name, value)
        filled: ViewRecord = manager.record.views[-1]
        manager.record.views.clear()

        def act(who: Person) -> None:
            who.record.views.append(filled)  # so that an answer has something to update
            slack = self.world.slack
            sent = slack.deliver("interactive", payloads.view_submission(slack.workspace, who.record, filled))
            self.answer = sent.body

        return act

    # Seeing.

    def standing(self, number: int | None) -> object:
        """Returns everything that a deed could change."""
        with self.world.baton.store.read() as session:
            counts = session.execute(sa.select(sa.func.count()).select_from(Handoff)).scalar_one()
            version = session.execute(sa.select(Workspace.agreement_version)).scalars().all()  # type: ignore[call-overload]
            said = session.execute(sa.select(Feedback.person, Feedback.given)).all()  # type: ignore[call-overload]
        if number is None:
            return counts, version, said
        facts = self.world.handoff(number)
        return counts, version, said, [entry.move for entry in facts.history], len(facts.comments)

    def heard(self, who: Person) -> list[Message | View]:
        """Returns what only this person sees: ephemeral messages and forms."""
        self.world.baton.notices.wait()
        workspace = self.world.slack.workspace
        with workspace.changed:
            whispers = [
                message_as_shown(one)
                for channel in workspace.channels.values()
                for one in channel.ephemerals
                if one.ephemeral_to == who.id
            ]
            return [*whispers, *(view_as_shown(one) for one in who.record.views)]


Deed = Callable[[Person], object]

FORMS: Mapping[str, tuple[State, Action | Move, dict[str, Any]]] = {
    "form: reject": (State.OFFERED, Move.REJECT, {"reason": "bad_data", "note": "no such number"}),
    "form: return": (State.ACCEPTED, Move.RETURN, {"note": "not mine"}),
    "form: qualify": (State.ACCEPTED, Move.QUALIFY, {"value": "12,000"}),
    "form: disqualify": (State.WORKING, Move.DISQUALIFY, {"reason": "no_need"}),
    "form: won": (State.QUALIFIED, Move.WIN, {"value": "12,000"}),
    "form: lost": (State.QUALIFIED, Move.LOSE, {"note": "price"}),
    "form: contest": (State.REJECTED, Move.CONTEST, {"note": "it is right"}),
    "form: edit": (State.OFFERED, Action.EDIT, {"title": "Head of IT"}),
    "form: hand to": (State.OFFERED, Move.HAND, {}),
}
BUTTONS: Mapping[str, tuple[State, Action | Move]] = {
    "Accept": (State.OFFERED, Move.ACCEPT),
    "Reject…": (State.OFFERED, Move.REJECT),
    "Withdraw": (State.OFFERED, Move.WITHDRAW),
    "Log contact": (State.ACCEPTED, Move.CONTACT),
    "Qualify…": (State.ACCEPTED, Move.QUALIFY),
    "Return…": (State.ACCEPTED, Move.RETURN),
    "Disqualify…": (State.WORKING, Move.DISQUALIFY),
    "Won…": (State.QUALIFIED, Move.WIN),
    "Lost…": (State.QUALIFIED, Move.LOSE),
    "Understood": (State.REJECTED, Move.ANSWER),
    "Contest…": (State.REJECTED, Move.CONTEST),
    "Fix…": (State.REJECTED, Action.FIX),
    "Uphold": (State.REJECTED, Move.UPHOLD),
    "Overturn": (State.REJECTED, Move.OVERTURN),
    "Hand to…": (State.OFFERED, Move.HAND),
    "Take it": (State.OFFERED, Move.TAKE),
    "Edit…": (State.OFFERED, Action.EDIT),
    "Details": (State.ACCEPTED, Action.DETAILS),
}
REACTIONS: Mapping[str, tuple[State, str]] = {
    "reaction: accept": (State.OFFERED, "white_check_mark"),
    "reaction: reject": (State.OFFERED, "x"),
    "reaction: contacted": (State.ACCEPTED, "telephone_receiver"),
    "reaction: won": (State.QUALIFIED, "trophy"),
    "reaction: great": (State.ACCEPTED, "star"),
}
REPLY, UNDO = "reply in the thread", "Undo"
TEXTS: Mapping[str, tuple[str, str]] = {
    "/accept": ("/accept", "{number}"),
    "/accept alone": ("/accept", ""),
    "/accept by name": ("/accept", "{name}"),
    "/reject": ("/reject", "{number} bad_data no such number"),
    "/reject without reason": ("/reject", "{number}"),
    "/baton mine": ("/baton", "mine"),
    "/baton lead": ("/baton", "lead {number}"),
    "/baton find": ("/baton", f"find {SECRET}"),
    "/baton status": ("/baton", "status"),
    "/baton hand": ("/baton", "hand {number} {raj}"),
    "/baton take": ("/baton", "take {number}"),
}
# Deeds that count as done although they show no lead, each with words of its answer.
INFORMS: Mapping[str, str] = {"/mql help": "/accept", "/baton status": " open, "}


def deed_of(it: Company, row: str) -> tuple[int | None, Deed]:
    """Returns what a row of the table does: the lead's number, or None, and the deed."""
    if row in FORMS:
        state, action, values = FORMS[row]
        number = it.lead(state)
        return number, it.submit(it.click(action, number), values or {"to": it.world.raj.id})
    if row in BUTTONS:
        state, action = BUTTONS[row]
        number = it.lead(state, contested=row in ("Uphold", "Overturn"))
        return number, it.click(action, number)
    if row in REACTIONS:
        state, emoji = REACTIONS[row]
        number = it.lead(state)
        return number, lambda who: who.react(it.world.card(number), emoji)
    if row in TEXTS:
        command, text = TEXTS[row]
        number = it.lead(State.OFFERED)
        name = it.world.handoff(number).lead.name
        return number, it.command(command, text.format(number=number, name=name, raj=it.world.raj.mention))
    if row == UNDO:
        number = it.lead(State.ACCEPTED)
        return number, it.click(Action.UNDO, it.world.handoff(number).history[-1].id or 0)
    if row == REPLY:
        number = it.lead(State.OFFERED)
        return number, lambda who: who.say(it.world.leads, "She is on holiday.", thread=it.world.card(number))
    it.lead(State.OFFERED)
    return None, ALONE[row](it, next(it.serial))


# Deeds that are about no lead.
ALONE: Mapping[str, Callable[[Company, int], Deed]] = {
    "/mql line": lambda it, n: it.command("/mql", f"Bob Ray, {SECRET}, bob{n}@geheim.example"),
    "/mql alone": lambda it, _: it.command("/mql", ""),
    "/mql help": lambda it, _: it.command("/mql", "help"),
    "/baton setup": lambda it, _: it.command("/baton", "setup"),
    "Flag a lead…": lambda it, _: it.click(Action.FLAG, 0),
    "Set up…": lambda it, _: it.click(Action.SETUP, 0),
    "form: flag": lambda it, n: it.submit(
        it.command("/mql", ""), {"name": f"Bob {n}", "company": SECRET, "email": f"bob{n}@geheim.example"}
    ),
    "form: set up": lambda it, n: it.submit(it.command("/baton", "setup"), {"accept_hours": str(3 + n % 50)}),
    "shortcut": lambda _it, _: lambda who: who.shortcut(Shortcut.FLAG),
    "shortcut on a message": lambda it, _: lambda who: who.message_shortcut(Shortcut.FLAG_FROM_MESSAGE, it.card),
    "Home": lambda _it, _: lambda who: who.open_home(),
}


def outcome(it: Company, row: str, column: str, number: int | None, deed: Deed) -> str:
    """Tries a deed. Returns the letter of its outcome in the table."""
    slack = it.world.slack
    misdirected: dict[str, AbstractContextManager[None]] = {
        "other team": slack.misdirected(team_id="T0ELSEWHERE"),
        "other app": slack.misdirected(app_id="A0ELSEWHERE"),
    }
    who = it.people["manager" if column in misdirected else column]
    who.record.home, it.answer = None, None
    before, heard = it.standing(number), len(it.heard(who))
    with misdirected.get(column, nullcontext()):
        told = deed(who)
    changed = it.standing(number) != before
    if row.startswith("form:"):
        said, opened = str(it.answer or ""), set()
    else:
        words = [one.plain() for one in it.heard(who)[heard:]]
        words += [told.text] if isinstance(told, Answer) else []
        words += [who.home.plain()] if who.home is not None else []
        said = "\n".join(words)
        opened = {one.body.get("callback_id") for one in who.record.views} & {*Form, *MOVE_OF_FORM}
    who.record.views.clear()
    shown = INFORMS.get(row, SECRET) in said and not row.startswith("form:")  # a form shows what was typed
    if changed or opened or shown:
        return "D"
    return "r" if said.strip() else "."


def make(world: World, *, everyone: bool) -> Company:
    """Makes the world with all these people. The agreement names some of them, or with `everyone` only a manager."""
    slack = world.slack
    mark, nobody = slack.person("mark"), slack.person("nick")
    people = {
        "marketer": world.mia,
        "rep": world.dana,
        "manager": world.olga,
        "nobody": nobody,
        "outsider": slack.person("otto"),
        "guest": slack.person("gus", is_restricted=True),
        "channel guest": slack.person("gina", is_restricted=True, is_ultra_restricted=True),
        "stranger": slack.person("stan", team_id="T0PARTNER"),
        "bot": slack.person("robot", is_bot=True),
        "deactivated": slack.person("dora"),
    }
    inside = ("nobody", "channel guest", "stranger", "bot", "deactivated")
    slack.invite(world.leads, mark, *(people[name] for name in inside))
    named = {
        "marketers": [world.mia.id, mark.id],
        "reps": [world.dana.id, world.raj.id, people["bot"].id, people["deactivated"].id],
        "managers": [world.olga.id],
    }
    world.apply(people={"managers": [world.olga.id]} if everyone else named)
    people["deactivated"].change(deleted=True)
    people["deactivated"].is_underway = True
    company = Company(world=world, people=people, mark=mark, card=None)
    number = company.lead(State.OFFERED)
    world.tick()
    company.card = world.card(number)
    company.end()
    return company


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def companies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Company]]:
    """Returns the company of a table. Each table has one running bot on each database."""
    with ExitStack() as stack:

        @cache
        def company(agreed: str) -> Company:
            folder: Path = tmp_path_factory.mktemp("who")
            url = databases.sqlite(folder) if request.param == "sqlite" else databases.postgres()
            stack.callback(databases.drop, url)
            world = stack.enter_context(worlds.world(url, "http", set_up=False))
            return make(world, everyone=agreed == "open to all")

        yield company


TABLES = {"named": cells(NAMED), "open to all": cells(OPEN_TO_ALL)}


def test_everybody_tries_every_button_form_and_word() -> None:
    rows = cells(NAMED)
    untried = [entry.label for entry in MOVES.values() if entry.label not in rows]
    assert untried == [], "NAMED and BUTTONS have no row for these buttons"
    assert set(FORMS_OF_MOVES) - {button for _, button, _ in FORMS.values()} == set(), "FORMS has no row for these"
    # The help shows nothing of a lead, and the button Undo does what the word does.
    words = {word for word in WORDS if f"/baton {word}" not in rows} - {"help", "undo"}
    assert words == set(), "NAMED has no row for these words after /baton"


@pytest.mark.parametrize(("agreed", "row"), [(agreed, row) for agreed, rows in TABLES.items() for row in rows])
def test_each_may_do_what_the_table_says_and_no_more(
    companies: Callable[[str], Company], agreed: str, row: str
) -> None:
    it, expected = companies(agreed), {who: mark for who, mark in TABLES[agreed][row].items() if mark != "-"}
    deeds = {column: deed_of(it, row) for column in expected}
    if row in REACTIONS or row == REPLY:
        it.world.tick()  # so that their cards are there
    tried = {column: outcome(it, row, column, *deed) for column, deed in deeds.items()}
    it.end()
    assert tried == expected
