"""The forms. Each field's block has the name of what it asks for, so that an error finds its place."""

import json
from collections.abc import Mapping, Sequence
from zoneinfo import available_timezones

from bot.slack.ids import PERSON_ID, Form, Origin, form_of, is_group
from bot.slack.incoming import MadeOf, Said
from bot.slack.inputs import Given
from bot.slack.moves import FORMS, MOVES
from bot.slack.parse import Entered
from bot.slack.text import escape, joined, mention, quoted
from bot.slack.views.blocks import (
    Block,
    Message,
    context,
    divider,
    field,
    modal,
    option,
    section,
    select,
    text_input,
    typed,
)
from bot.slack.views.card import asked_as, title
from models.handoffs.listed import HandoffBrief
from models.rules.agreement import WEEKDAYS, Agreement
from models.rules.corrections import mark
from models.rules.facts import Colleague
from models.rules.fields import FIELDS
from models.rules.flagging import texts_of
from models.rules.lifecycle import Move

# The fields of a lead as the form has them: those that are needed, long texts, then the others.
FLAG_FIELDS = sorted(FIELDS.items(), key=lambda field: 0 if field[1].needed else 1 if field[1].lines else 2)


def flag(
    given: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    rep: str | None = None,
    obstacle: str = "",
    made_of: Said | None = None,
    people: Sequence[Colleague] = (),
    rejected: HandoffBrief | None = None,
) -> Block:
    """Returns the form that flags a lead, filled with what is `given`.

    `problems`: what to correct, by field. `rejected`: the rejected handoff that this one fixes. `obstacle`: a problem
    of no single field, in mrkdwn. `made_of`: the message from which the form was filled. `people`: those among whom to
    choose who gets the lead, if a name fits several.
    """
    blocks: list[Block] = [section(obstacle)] if obstacle else []
    if made_of is not None:
        blocks.append(section(_made_of(made_of)))
    if problems:
        blocks.append(section("*Almost:* " + escape(joined(problems.values()), 1500)))
    if rejected is not None:
        blocks.append(section(_why_rejected(rejected)))
    blocks += _lead_fields(given)
    chooser: Block = {"type": "users_select"} | ({"initial_user": rep} if rep else {})
    if people:
        chooser = select(
            [option(one.real_name or one.name or one.id, one.id) for one in people], placeholder="Choose one"
        )
    blocks.append(
        field("rep", "Offer it to", chooser, optional=True, hint="Leave it empty and it goes to whose turn it is.")
    )
    words = f"Fix lead #{rejected.number}" if rejected else "Flag a lead"
    carried = json.dumps({"mends": str(rejected.id)} if rejected else {})
    return modal(words, Form.FLAG, blocks, submit="Flag", metadata=carried)


def edit(facts: HandoffBrief, *, given: Mapping[str, str] | None = None, obstacle: str = "") -> Block:
    """Returns the form that corrects a lead. It carries how each field was when it was opened, which shows what others
    changed since. `given`: what was typed before. `obstacle`: what was in the way, in mrkdwn."""
    known = texts_of(facts.handoff, facts.lead)
    blocks = [section(obstacle or title(facts)), *_lead_fields(given or known)]
    seen = {name: mark(text) for name, text in known.items()}
    carried = json.dumps({"handoff": str(facts.id), "seen": seen})
    return modal(f"Edit #{facts.handoff.number}", Form.EDIT, blocks, submit="Save", metadata=carried)


def _lead_fields(given: Mapping[str, str]) -> list[Block]:
    """Returns a field for each fact about a lead, filled with what is `given`."""
    blocks = []
    for name, asked in FLAG_FIELDS:
        longest = min(asked.longest, 3000)
        element = text_input(given.get(name, ""), longest=longest, multiline=asked.lines, placeholder=asked.example)
        blocks.append(field(name, asked.label, element, optional=not asked.needed))
    return blocks


def _why_rejected(facts: HandoffBrief) -> str:
    """Returns what to fix, in the words of the person who rejected it."""
    handoff = facts.handoff
    why = escape(asked_as(facts.terms.agreement, handoff.reason), 100)
    said = f": {quoted(handoff.reason_note, 1500)}" if handoff.reason_note else ""
    return f"*Rejected by {mention(handoff.rejected_by or handoff.moved_by)}:* {why}{said}"


def _made_of(said: Said) -> str:
    """Returns where the form's words come from."""
    by = mention(said.by) if PERSON_ID.fullmatch(said.by) else escape(said.name, 80) or "an app"
    match said.made_of:
        case MadeOf.TEXT:
            return f"Filled in from the message of {by}. Please look it over."
        case MadeOf.FIELDS:
            return f"Filled in from the fields and blocks of the message of {by}. Please look it over."
        case MadeOf.NOTHING:
            return f"The message of {by} has no words that I can read, such as a picture alone. Please fill this in."


def of_move(facts: HandoffBrief, move: Move, given: Given, *, doubt: str = "") -> Block:
    """Returns the form of a move, filled with what is given. `doubt`: why what was typed was not enough."""
    form = FORMS[move]
    blocks = [
        section(title(facts)),
        *([section(escape(doubt))] if doubt else []),
        *(one.show(facts, given) for one in form.inputs),
    ]
    carried = {name: text for one in form.inputs for name, text in one.carried(facts).items()}
    return modal(
        f"{MOVES[move].title} #{facts.handoff.number}",
        form_of(move),
        blocks,
        submit=MOVES[move].title,
        metadata=json.dumps({"handoff": str(facts.id), **carried}),
    )


def setup(
    current: Agreement | None, *, version: int, here: str | None = None, zone: str = "UTC", word: str = ""
) -> Block:
    """Returns the form with the agreement's main points. What it does not ask for stays as it is. It carries the
    `version` that it shows (0: none). `word` stands above it, in mrkdwn."""
    shown = current or Agreement(
        handoff_channel=here or "C0", timezone=zone if zone in available_timezones() else "UTC"
    )
    channel = shown.handoff_channel if current else here
    digest_channel = shown.digest_channel or channel
    people = shown.people
    days = [option(day.capitalize(), day) for day in WEEKDAYS]
    working = [option(day.capitalize(), day) for day in WEEKDAYS]
    worked = [one for one in working if one["value"] in shown.working.days]
    blocks = [
        *([section(word)] if word else []),
        field("handoff_channel", "Leads are handed over in", _channel(channel)),
        field("digest_channel", "The weekly digest goes to", _channel(digest_channel)),
        field(
            "marketers",
            "Who flags leads",
            _people(people.marketers),
            optional=True,
            hint="Nobody chosen: every member.",
        ),
        field("reps", "Who is offered leads", _people(people.reps), optional=True, hint="Nobody chosen: every member."),
        field("managers", "Who manages", _people(people.managers), optional=True, hint="Nobody chosen: you."),
        field(
            "accept_hours", "Business hours to accept or reject", text_input(f"{shown.sla.accept_hours:g}", longest=6)
        ),
        field(
            "contact_hours",
            "Business hours to the first contact",
            text_input(f"{shown.sla.contact_hours:g}", longest=6),
        ),
        field("timezone", "Time zone", text_input(shown.timezone, longest=60, placeholder="Europe/Berlin")),
        field(
            "working_days",
            "Working days",
            {"type": "multi_static_select", "options": working, "initial_options": worked},
        ),
        field("opens", "Work begins at", {"type": "timepicker", "initial_time": f"{shown.working.opens:%H:%M}"}),
        field("closes", "Work ends at", {"type": "timepicker", "initial_time": f"{shown.working.closes:%H:%M}"}),
        field(
            "country",
            "Public holidays of",
            text_input(shown.holidays.country, longest=2, placeholder="DE"),
            optional=True,
            hint="A country's two letters; empty: none.",
        ),
        field("digest_day", "Digest on", select(days, initial=shown.digest.day)),
        field("digest_time", "Digest at", {"type": "timepicker", "initial_time": f"{shown.digest.time:%H:%M}"}),
    ]
    return modal("Set up Baton", Form.SETUP, blocks, submit="Apply", metadata=json.dumps({"version": version}))


def opened_from(form: Block, origin: Origin, channel: str | None = None) -> Block:
    """Returns the same form, which also carries where it was opened."""
    carried = json.loads(form["private_metadata"] or "{}")
    where = {"from": origin.value} | ({"in": channel} if channel else {})
    return {**form, "private_metadata": json.dumps({**carried, **where})}


def _channel(initial: str | None) -> Block:
    element: Block = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
    return element | ({"initial_conversation": initial} if initial else {})


def _people(initial: tuple[str, ...]) -> Block:
    element: Block = {"type": "multi_users_select"}
    users = [person for person in initial if not is_group(person)]
    return element | ({"initial_users": users} if users else {})


def not_done(told: Message, entered: Sequence[Entered]) -> Block:
    """Returns the window that replaces a form that could not be carried out: why, and everything that was entered, to
    copy."""
    blocks = list(told.blocks) or [section(told.text)]
    if entered:
        blocks += [divider(), section("*What you had entered:*")]
    for entry in entered:
        blocks.append(context(escape(entry.label)))
        blocks.append(typed(entry.words) if entry.words else section(entry.mentions))
    return modal("Not done", Form.NOT_DONE, blocks, close="Close")
