"""Views: facts in, blocks out. Whatever the facts are, the blocks keep Slack's limits, and no typed text acts as
markup."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.block_rules import prepare_blocks
from bot.sandbox.view_rules import prepare_view
from bot.slack.inputs import Given
from bot.slack.moves import FORMS
from bot.slack.views import alarm, answers, card, digest, forms, news, nudge, story
from bot.slack.views.blocks import Block, Message
from models.due.findings import Finding, FindingKind
from models.errors import PersonId
from models.handoffs.listed import Listed
from models.handoffs.queries import HandoffFacts, Nudge, Reminder
from models.rules.agreement import Agreement
from models.rules.digest_numbers import (
    CardPlace,
    Cohort,
    Debts,
    DigestNumbers,
    Kept,
    Money,
    Outcomes,
    OwnerLoad,
    Quote,
    Rejections,
    SourceRow,
    Volume,
    Win,
)
from models.rules.facts import Colleague
from models.rules.fields import LONGEST, OF_HANDOFF, OF_LEAD
from models.rules.ladders import What
from models.rules.lifecycle import Move, State
from models.rules.promises import OWED
from models.rules.rows import CommentRow, FeedbackRow, HandoffRow, LeadRow, LedgerRow, PromiseRow
from models.rules.statistics import Share
from models.rules.terms import Terms
from models.rules.week import Week
from tests.monday import MONDAY

# The id of handoff 42.
ID = 126_178_023_651_445_481
DUE = MONDAY + timedelta(hours=4)
REP, MIA, BOSS = PersonId("U1REP"), PersonId("U2MIA"), PersonId("U3BOSS")
STAMP = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>")


def facts(state: State = State.OFFERED, *, text: str = "", **changes: Any) -> HandoffFacts:
    """Returns a handoff in some state. `text` replaces everything that somebody typed, cut to the lengths that intake
    allows."""
    agreement = Agreement(handoff_channel="C0LEADS")
    people: dict[str, Colleague] = {REP: Colleague(id=REP, timezone="Europe/Berlin")}
    terms = Terms(workspace_id="T1", version=1, agreement=agreement, applied_by=BOSS, groups={}, people=people)

    typed: dict[str, Any] = {name: text[:longest] for name, longest in LONGEST.items()} if text else {}
    lead = LeadRow(
        id=7,
        workspace_id="T1",
        version=1,
        email="jane@acme.com",
        email_key="jane@acme.com",
        name="Jane Doe",
        company="Acme",
        title="VP Operations",
        phone="+49 30 1234",
        website="acme.com",
        employees=250,
        nurture_until=None,
        archived=False,
        search_text=None,
        created_at=MONDAY,
    )
    lead = lead._replace(**{name: typed[name] for name in OF_LEAD if name in typed})
    closed = state in (State.REJECTED, State.DISQUALIFIED, State.WITHDRAWN, State.WON, State.LOST)
    handoff = HandoffRow(
        id=ID,
        number=42,
        version=1,
        workspace_id="T1",
        lead_id=7,
        agreement_version=1,
        state=state,
        flagged_by=MIA,
        flagged_at=MONDAY,
        source="webinar",
        campaign="spring-launch",
        score=72,
        why_now="asked for pricing",
        owner=None if closed else REP,
        offered_to=REP,
        reason="bad_data" if state is State.REJECTED else "no_need",
        reason_note=text[:3000] or "phone number does not exist",
        rejected_by=REP if state is State.REJECTED else None,
        value_cents=1_200_000,
        currency="EUR",
        expected_close=date(2026, 12, 1),
        closed_at=MONDAY + timedelta(days=23) if closed else None,
        moved=Move.FLAG,
        moved_by=MIA,
        moved_at=MONDAY,
    )
    handoff = handoff._replace(**{name: typed[name] for name in OF_HANDOFF if name in typed})
    entry = LedgerRow(
        id=9,
        workspace_id="T1",
        handoff_id=ID,
        version=1,
        at=MONDAY,
        actor=MIA,
        move=Move.FLAG,
        state=State.OFFERED,
        owner=REP,
        note=text[:3000],
    )
    owed = PromiseRow(
        id=1,
        workspace_id="T1",
        handoff_id=42,
        what=OWED.get(state, What.FIX),
        since=MONDAY,
        owner=PersonId(MIA if closed else REP),
        due_at=DUE,
    )
    found = HandoffFacts(
        handoff=handoff,
        lead=lead,
        promises=() if closed and state is not State.REJECTED else (owed,),
        terms=terms,
        history=(entry,),
        feedback=(),
        comments=(),
        earlier=(),
    )
    return replace(found, **changes)


def waiting(many: int, text: str = "") -> Nudge:
    """Returns a reminder for a person with `many` waiting handoffs and, as a manager, as many late ones of others."""
    states = (State.OFFERED, State.ACCEPTED, State.WORKING, State.QUALIFIED)
    made = [facts(states[n % 4], text=text) for n in range(many)]
    listed = tuple(Listed(handoff=one.handoff, lead=one.lead, promises=one.promises) for one in made)
    rejected = facts(State.REJECTED, text=text)
    unanswered = (Listed(handoff=rejected.handoff, lead=rejected.lead, promises=rejected.promises),) * many
    return Nudge(
        person=REP, terms=rejected.terms, owed=listed, on_offer=listed, unanswered=unanswered, late_with_others=listed
    )


MANAGERS = Agreement(handoff_channel="C0LEADS", digest_channel="C0BOSS")


def numbers(many: int = 2, text: str = "webinar") -> DigestNumbers:
    """Returns a busy week after eight steady ones, with `many` sources and people, each with as many late leads."""
    week = Volume(flagged=20 * many, accepted=12 * many, rejected=5 * many)
    late = {person: tuple(range(100 * person, 100 * person + many)) for person in range(1, many + 1)}
    return DigestNumbers(
        week=Week(2026, 47),
        as_of=MONDAY + timedelta(days=7),
        trend=(Volume(flagged=18, accepted=9, rejected=9),) * 8 + (week,),
        accept=Kept(due=34, kept=30, undone=1, before=Share(110, 120), promised=4 * 3600, median=5400, ninetieth=20000),
        contact=Kept(due=19, kept=15, before=Share(50, 60), promised=8 * 3600, median=9000, ninetieth=40000),
        speed=Kept(median=90000, ninetieth=400000),
        answers=Kept(due=6, kept=5, before=Share(40, 44), promised=8 * 3600),
        sources=tuple(
            SourceRow(
                source=text,
                week=week,
                before=Volume(flagged=720, accepted=210, rejected=500),
                qualified=3,
                value=(Money(currency="EUR", cents=5),),
            )
            for _ in range(many)
        ),
        rejections=Rejections(
            by_reason=(("bad_data", 4), ("wrong_role", 3)),
            before=(("bad_data", 30), ("wrong_role", 25)),
            quotes=tuple(Quote(number=n, person=REP, reason="bad_data", note=text) for n in range(min(many, 5))),
        ),
        outcomes=Outcomes(
            qualified=3, qualified_value=(Money(currency="EUR", cents=100),), won=many, lost=1, disqualified=4
        ),
        earlier=Cohort(
            flagged=100,
            accepted=41,
            qualified=12,
            won=3,
            won_value=(Money(currency="EUR", cents=3_100_000), Money(currency="USD", cents=1_200_000)),
        ),
        wins=tuple(
            Win(
                number=n,
                company=text,
                flagged_by=MIA,
                closed_by=REP,
                value=Money(currency="EUR", cents=1_200_000),
                days=23,
            )
            for n in range(min(many, 5))
        ),
        owners=tuple(
            OwnerLoad(person=f"U{person}", open=many + 5, late=many, told=told) for person, told in late.items()
        ),
        debts=Debts(sales_unanswered=9, sales_overdue=2, marketing_unanswered=1),
        feedback=(("great", 2), ("cold", 1)),
        chat_url="https://acme.slack.com/",
        cards=tuple(
            CardPlace(number=number, channel="C0LEADS", ts="1763280000.123456")
            for told in late.values()
            for number in told
        ),
    )


def test_the_card_is_one_glance() -> None:
    when = f"<!date^{int(DUE.timestamp())}^{{date_short_pretty}} {{time}}|2026-11-16 13:00 UTC>"
    flagged = f"<!date^{int(MONDAY.timestamp())}^{{date_short_pretty}} {{time}}|2026-11-16 09:00 UTC>"

    def mrkdwn(text: str) -> Block:
        return {"type": "mrkdwn", "text": text, "verbatim": True}

    def button(words: str, action: str, **more: Any) -> Block:
        text = {"type": "plain_text", "text": words}
        return {"type": "button", "action_id": f"baton:{action}", "text": text, "value": str(ID), **more}

    confirm = {
        "title": {"type": "plain_text", "text": "Withdraw this lead?"},
        "text": {"type": "plain_text", "text": "Sales will not work it."},
        "confirm": {"type": "plain_text", "text": "Withdraw"},
        "deny": {"type": "plain_text", "text": "Cancel"},
    }
    assert card.card(facts(), now=MONDAY) == Message(
        f"#42 Jane Doe, Acme: Waiting for <@{REP}> · accept by {when}",
        [
            {"type": "context", "elements": [mrkdwn("MQL #42 · webinar · spring-launch")]},
            {"type": "header", "text": {"type": "plain_text", "text": "Jane Doe · VP Operations at Acme"}},
            {"type": "section", "text": {"type": "plain_text", "text": "“asked for pricing”"}},
            {
                "type": "section",
                "fields": [
                    mrkdwn("<mailto:jane@acme.com|jane@acme.com> · <tel:+49301234|+49 30 1234> · acme.com"),
                    mrkdwn("Score 72 · 250 employees"),
                ],
            },
            {"type": "section", "text": mrkdwn(f"*Waiting for <@{REP}>* · accept by {when}")},
            {
                "type": "actions",
                "elements": [
                    button("Accept", "accept", style="primary"),
                    button("Reject…", "reject"),
                    button("Withdraw", "withdraw", confirm=confirm),
                    button("Edit…", "edit"),
                    button("Details", "details"),
                ],
            },
            {"type": "context", "elements": [mrkdwn(f"<@{MIA}> flagged it {flagged}")]},
        ],
    )


@pytest.mark.parametrize(
    ("state", "line", "buttons"),
    [
        (
            State.ACCEPTED,
            f"*<@{REP}> has it* · first contact by @",
            ["Log contact", "Qualify…", "Return…", "Edit…", "Details"],
        ),
        (
            State.WORKING,
            f"*<@{REP}> is working it* · 0 attempts · qualify or disqualify by @",
            ["Qualify…", "Log contact", "Disqualify…", "Edit…", "Details"],
        ),
        (
            State.QUALIFIED,
            f"*Qualified by <@{REP}>* · 12,000 € · expected to close 2026-12-01",
            ["Won…", "Lost…", "Edit…", "Details"],
        ),
        (
            State.REJECTED,
            (
                f"*Rejected by <@{REP}>*: Contact data wrong or missing · “phone number does not exist” · "
                f"back with <@{MIA}> to fix"
            ),
            ["Fix…", "Contest…", "Understood", "Edit…", "Details"],
        ),
        (State.WON, "*Won* · 12,000 € · 23 days from flag to close", ["Edit…", "Details"]),
        (State.LOST, f"*Lost* · 12,000 € · marked by <@{MIA}>", ["Edit…", "Details"]),
        (State.WITHDRAWN, f"*Withdrawn by <@{MIA}>*", ["Edit…", "Details"]),
    ],
)
def test_the_card_says_who_has_it_until_when_and_what_can_be_done(state: State, line: str, buttons: list[str]) -> None:
    blocks = card.card(facts(state), now=MONDAY).blocks
    texts = [b["text"]["text"] for b in blocks if b["type"] == "section" and "text" in b]
    status = next(text for text in texts if text.startswith("*"))
    shown = [element["text"]["text"] for b in blocks if b["type"] == "actions" for element in b["elements"]]
    assert (STAMP.sub("@", status), shown) == (line, buttons)


def test_the_digest_says_the_week_in_one_message() -> None:
    said = digest.as_text(digest.digest(numbers(), MANAGERS)).splitlines()
    for line in (
        "Handoffs, week 47 · 16 to 22 November",
        (
            "4 of 34 leads got no answer in time, 1 none at all; 4 of 19 accepted leads got no first contact in time; "
            "4 of 14 open leads are late."
        ),
        (
            "Late: 2 with <@U1> (#100 and #101), 2 with <@U2> (#200 and #201). Both were told. "
            "Open each: move it on, or give it back."
        ),
        "Acceptance of webinar rose from 30 % (210 of 710) to 71 % (24 of 34).",
        "answer in 4 h: 88 % (30 of 34)",
        "contact in 8 h: 79 % (15 of 19)",
        "median 1 h 30 min to answer, 2 h 30 min to contact",
        "MQLs: 40 (18 last week)",
        "rejections answered in 8 h: 5 of 6",
        (
            "40 handoffs flagged (18 last week, 18.0 a week in the 8 before): accepted 71 % (24 of 34 answered); "
            "6 waiting."
        ),
        (
            "webinar: 40 · accepted 71 % (24 of 34 answered); 6 waiting · 30 % (210 of 710) in the 8 weeks before · "
            "3 SQL (0.05 €)"
        ),
        "Why sales said no: Contact data wrong or missing 4, Can't buy or influence 3 (too few to rank)",
        ("What became of the 100 handoffs of the 8 weeks before: 41 accepted, 12 SQL, 3 won (31,000 € and $12,000)."),
        "Open now: 14, of which 4 late.",
        "Debts: sales owes an answer to 9 handoffs (2 overdue), marketing owes one to 1 rejection.",
        "To talk about",
        "1. 4 of 34 leads got no answer in time, 1 none at all: what was in the way of 4 h?",
    ):
        assert line in said, line


def test_the_digest_names_a_promised_time_only_if_all_that_fell_due_had_it() -> None:
    def said(promised: int | None) -> list[str]:
        week = numbers()
        accept, answers = replace(week.accept, promised=promised), replace(week.answers, promised=promised)
        return digest.as_text(digest.digest(replace(week, accept=accept, answers=answers), MANAGERS)).splitlines()

    missed = "1. 4 of 34 leads got no answer in time, 1 none at all: what was in the way of"
    for promised, time, way in (
        (None, "time", "the promised time"),
        (15 * 60, "15 min", "15 min"),
        (2 * 3600 + 1800, "2.5 h", "2.5 h"),
        (80 * 3600, "80 h", "80 h"),
    ):
        lines = said(promised)
        assert f"answer in {time}: 88 % (30 of 34)" in lines
        assert "contact in 8 h: 79 % (15 of 19)" in lines
        assert f"rejections answered in {time}: 5 of 6" in lines
        assert f"{missed} {way}?" in lines


def test_late_leads_are_links_to_their_cards_where_these_are_known() -> None:
    link = "<https://acme.slack.com/archives/C0LEADS/p1763280000123456|#100>"
    assert link in json.dumps(digest.digest(numbers(), MANAGERS).blocks)
    assert link in json.dumps(digest.details(numbers(), MANAGERS).blocks)
    for unknown in ("", "javascript:alert(1)", "https://acme.slack.com/|x> <!channel", "https://" + "a" * 200):
        made = digest.digest(replace(numbers(), chat_url=unknown), MANAGERS)
        assert "archives" not in json.dumps(made.blocks)
        assert "#100" in json.dumps(made.blocks)


def test_nobody_is_named_beside_a_late_lead_before_they_were_told_nor_where_everybody_reads() -> None:
    untold = replace(numbers(), owners=(OwnerLoad(person="U1", open=7, late=2), OwnerLoad(person="U2", open=3)))
    said = digest.as_text(digest.digest(untold, MANAGERS))
    assert "2 of 10 open leads are late." in said
    assert "<@U1>" not in said
    assert "<@U1>: 7 open\n<@U2>: 3 open" in digest.as_text(digest.details(untold, MANAGERS))
    everybody = Agreement(handoff_channel="C0LEADS")
    said = digest.as_text(digest.digest(numbers(), everybody))
    assert "Late: #100, #101, #200 and #201. Whoever has them was told." in said
    assert "<@U1>" not in said + digest.as_text(digest.details(numbers(), everybody))


def test_a_quiet_week_says_so_in_two_lines() -> None:
    quiet = replace(
        numbers(0),
        trend=(Volume(),),
        accept=Kept(),
        contact=Kept(),
        answers=Kept(),
        outcomes=Outcomes(),
        rejections=Rejections(),
        feedback=(),
        debts=Debts(),
    )
    title = "Handoffs, week 47 · 16 to 22 November"
    nothing = digest.as_text(digest.digest(quiet, MANAGERS))
    assert nothing.splitlines() == [title, "A quiet week: no lead was flagged, and none is open."]
    some = digest.as_text(digest.digest(replace(quiet, owners=(OwnerLoad(person=REP, open=3),)), MANAGERS))
    assert some.splitlines() == [title, "A quiet week: no lead was flagged.", "Open now: 3, none late."]


def test_a_week_without_a_flag_in_which_leads_were_won_is_not_called_quiet() -> None:
    won = replace(
        numbers(0),
        trend=(Volume(),),
        accept=Kept(),
        contact=Kept(due=2, kept=2),
        outcomes=Outcomes(won=3),
        rejections=Rejections(),
    )
    said = digest.as_text(digest.digest(won, MANAGERS))
    assert "No lead was flagged, and none is open." in said
    assert "This week: 3 won." in said
    assert "quiet" not in said


def test_of_few_leads_no_rate_is_given_and_that_they_are_few_is_said_once() -> None:
    few = replace(
        numbers(1), trend=(Volume(flagged=6, accepted=3, rejected=3), Volume(flagged=7, accepted=5, rejected=1))
    )
    said = digest.as_text(digest.digest(few, MANAGERS))
    assert "7 handoffs flagged (6 last week): accepted 5 of 6 answered; 1 waiting." in said
    assert said.count("few") - said.count("too few to rank") == 0
    assert "Fewer than 10 handoffs this week: read the rates with care." in said


def test_a_late_digest_says_so() -> None:
    made = digest.digest(numbers(), MANAGERS, late=True)
    assert "This digest is late: I was not running when it was due." in digest.as_text(made)


# Properties that hold whatever the facts are.

HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
    st.sampled_from(
        [
            "<!channel> <!here> <@U0EVERY> <#C0ANY>",
            "&" * 4000,
            "<" * 4000,
            "😀" * 4000,
            "*bold* _it_ ~no~ `code` ```block```",
            "\u202egnp.exe\u2066",
            "=cmd|' /C calc'!A0",
            "x" * 40000,
            "a\n" * 2000,
            "   ",
            "https://evil.example/<script>",
        ]
    ),
)


def check_message(made: Message | None) -> None:
    """Asserts that Slack would take it, and that no typed text acts as markup."""
    assert made is not None
    assert 0 < len(made.text) <= 4000
    for blocks in (made.blocks, made.plainer or made.blocks):
        prepare_blocks(json.loads(json.dumps(blocks)), surface="message", at="/blocks")
    check_harmless(json.dumps([made.text, made.blocks, made.plainer], ensure_ascii=False))


def check_harmless(said: str) -> None:
    for command in ("<!channel", "<!here", "<!everyone", "<@U0EVERY", "<#C0ANY", "\u202e", "\u2066"):
        marks = [place.start() for place in re.finditer(re.escape(command), said)]
        typed = [at for at in marks if not _in_plain_text(said, at)]
        assert typed == [], f"{command} would be obeyed"


def _in_plain_text(said: str, at: int) -> bool:
    """True if this place of the JSON is in the text of a plain_text object, in which Slack shows everything as it
    is."""
    head = said[:at]
    return head.rfind('"plain_text"') > max(head.rfind('"mrkdwn"'), head.rfind('["'))


@given(given_in=st.permutations(["great", "great", "good", "poor", "cold"]))
def test_the_card_counts_feedback_best_first_in_whatever_order_it_came(given_in: list[str]) -> None:
    feedback = tuple(FeedbackRow("T1", ID, REP, "star", meaning, True, "1", MONDAY) for meaning in given_in)
    said = str(card.card(facts(feedback=feedback), now=MONDAY).blocks)
    assert "great lead 2 · good 1 · poor 1 · cold 1" in said


@given(text=HOSTILE, state=st.sampled_from(State))
def test_messages_about_a_handoff_are_within_limits_whatever_was_typed(text: str, state: State) -> None:
    found = facts(
        state,
        text=text,
        feedback=(
            FeedbackRow(
                workspace_id="T1",
                handoff_id=ID,
                person=REP,
                reaction="star",
                meaning="great",
                given=True,
                event_at="1",
                at=MONDAY,
            ),
        )
        * 60,
        comments=(CommentRow("T1", ID, "1", REP, text, False, "1", MONDAY),) * 60,
    )
    found = replace(
        found,
        earlier=(found.handoff,) * 30,
        history=found.history * 90,
        earlier_comments=found.comments * 5,
        reminders=(Reminder(person=REP, at=MONDAY, due_at=DUE),) * 200,
    )
    for now in (MONDAY, DUE + timedelta(days=40)):
        check_message(card.card(found, now=now))
        check_message(card.your_move(found, REP, now=now))
        check_message(card.your_move(found, BOSS, now=now))
        check_message(story.lead(found, REP, now=now))
    check_message(answers.flagged(found))
    check_message(answers.moved(found))
    check_message(news.ruling(found))
    check_message(nudge.nurture_over(found))
    for move in Move:
        entry = found.history[0]._replace(actor=REP, move=move, state=state, note=text[:3000])
        check_message(news.news(found, entry))
    prepare_view(story.details(found, now=MONDAY), surface="modal")


@pytest.mark.parametrize("many", [1, 30, 300])
def test_a_long_story_keeps_its_newest_and_says_how_much_is_left_out(many: int) -> None:
    def comment(number: int) -> CommentRow:
        text = f"comment {number:03} " + "x" * 500
        return CommentRow("T1", ID, f"{number}.0", REP, text, False, "1", MONDAY)

    found = replace(facts(), comments=tuple(comment(number) for number in range(many)))
    for blocks in (story.details(found, now=MONDAY)["blocks"], story.lead(found, REP, now=MONDAY).blocks):
        said = json.dumps(blocks)
        kept = [number for number in range(many) if f"comment {number:03} " in said]
        assert kept == list(range(kept[0], many)), "the newest, in order"
        left = re.findall(r"(\d+) older ones are left out here", said)
        assert left == ([str(kept[0])] if kept[0] else [])
    assert (kept[0] > 0) == (many > 29)


@given(text=HOSTILE)
def test_forms_are_within_limits_whatever_was_typed(text: str) -> None:
    found = facts(text=text)
    given_fields = dict.fromkeys(("name", "company", "email", "why_now", "phone"), text[:3000])
    for view in (
        forms.flag(given_fields, problems={"name": text[:3000]}),
        forms.flag({}, rep=REP, rejected=found),
        *(forms.of_move(found, move, Given(at=MONDAY, note=text[:3000]), doubt=text[:3000]) for move in FORMS),
        forms.setup(found.terms.agreement, version=1, here="C1", zone="Europe/Berlin"),
        forms.setup(None, version=0, here=None, zone="UTC"),
    ):
        prepare_view(json.loads(json.dumps(view)), surface="modal")
        check_harmless(json.dumps(view, ensure_ascii=False))


@given(text=HOSTILE, many=st.sampled_from([0, 1, 3, 50]))
def test_lists_reminders_and_home_are_within_limits_whatever_waits(text: str, many: int) -> None:
    found = waiting(many, text)
    for now in (MONDAY, DUE + timedelta(days=40)):
        if many:
            check_message(nudge.nudge(found, now=now))
            check_message(nudge.nudge(replace(found, folded=True, done=(1, 2) * many), now=now))
        check_message(answers.acceptable(found, now=now))
        check_message(answers.waiting_list(found, now=now))
    check_message(answers.status(found.terms, open_count=many, late_count=1, outbox_due=2, dead=3, alarms=[]))
    prepare_view(json.loads(json.dumps(answers.home(found, now=MONDAY))), surface="home")


@given(text=HOSTILE, many=st.sampled_from([0, 1, 50]), kind=st.sampled_from(FindingKind))
def test_alarms_are_within_limits_whatever_is_wrong(text: str, many: int, kind: FindingKind) -> None:
    found = Finding(
        workspace_id="T1",
        kind=kind,
        about=REP if kind is FindingKind.OWNERS else "is_archived",
        count=many or 1,
        since=MONDAY,
        lanes=tuple(f"C{n}" for n in range(many)),
        said=text,
    )
    listed = waiting(many, text)
    check_message(alarm.alarm(found, listed.owed, listed.terms, now=DUE))
    check_message(alarm.alarm(replace(found, about="", lanes=(REP,)), (), listed.terms, now=DUE))
    check_message(
        answers.status(
            waiting(1).terms, open_count=1, late_count=0, outbox_due=0, dead=1, alarms=[alarm.headline(found)]
        )
    )


@given(text=HOSTILE, many=st.sampled_from([1, 5, 60]))
def test_the_digest_is_within_limits_whatever_the_week(text: str, many: int) -> None:
    made = numbers(many, text[:100])
    for agreed in (MANAGERS, Agreement(handoff_channel="C1")):
        for message in (digest.digest(made, agreed, late=True), digest.details(made, agreed)):
            check_message(message)
            words = "".join(block["text"]["text"] for block in message.blocks if "text" in block)
            assert len(re.findall(r"<https", words)) == len(re.findall(r"<https[^<>]*>", words)), "no link is cut"
