"""The weekly digest comes at the agreed time, once, with the numbers of what was played."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import Fault, Message, Person
from models.rules.week import Week
from tests.scenario.world import World

# Nine o'clock in Berlin. In UTC.
NEXT_MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


def _plain(digest: Message) -> str:
    """Returns a digest's words. A link to a card becomes its number."""
    return re.sub(r"<https[^|>]*\|([^>]*)>", r"\1", digest.plain())


def _flag(world: World, first: int, count: int, *, to: Person, source: str = "webinar") -> list[int]:
    return [
        world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com, source={source}", to=to)
        for n in range(first, first + count)
    ]


def play_a_week(world: World) -> None:
    """Plays ten leads: six accepted (one of them won, one lost, one disqualified), three rejected, one not answered."""
    numbers = [
        world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com, source={source}", to=world.dana)
        for n, source in enumerate(["webinar"] * 6 + ["fair"] * 4, start=1)
    ]
    world.later(hours=1)
    for number in numbers[:6]:
        world.accept(number)
    for number in numbers[6:8]:
        world.reject(number, "bad_data", f"number {number} does not exist", by=world.dana)
    world.reject(numbers[8], "too_small", "", by=world.dana)
    world.mia.click(world.dm(world.mia), "Understood")
    world.won(numbers[0], by=world.dana, value="12,000")
    world.form(world.dana, numbers[1], "Qualify…")
    world.dana.submit(value="8,000")
    world.tick()
    world.form(world.dana, numbers[1], "Lost…")
    world.dana.submit()
    world.tick()
    world.click(world.dana, numbers[2], "Log contact")
    world.form(world.dana, numbers[2], "Disqualify…")
    world.dana.submit(reason="no_need")
    world.tick()
    world.react(world.dana, numbers[0], "star")
    world.react(world.dana, numbers[3], "-1")


def test_the_digest_tells_what_was_played(world: World) -> None:
    play_a_week(world)
    world.at(NEXT_MONDAY - timedelta(minutes=1))
    assert world.digest_messages() == []
    world.at(NEXT_MONDAY + timedelta(minutes=1))
    [digest] = world.digest_messages()
    said = _plain(digest)
    for line in (
        "Handoffs, week 47 · 16 to 22 November",
        (
            "*1 of 10 leads got no answer; 3 of 6 accepted leads got no first contact in time; "
            "4 of 4 open leads are late.*"
        ),
        "There is no earlier week to compare with yet.",
        "answer in 4 h: 90 % (9 of 10)",
        "contact in 8 h: 3 of 6",
        "*10 handoffs* flagged: accepted 6 of 9 answered; 1 waiting.",
        "webinar: 6 · accepted 6 of 6 answered · 2 SQL (20,000 €)",
        "fair: 4 · accepted 0 of 3 answered; 1 waiting",
        "*Why sales said no*: Contact data wrong or missing 2, Company too small 1 (too few to rank)",
        f"“number 7 does not exist” {world.dana.mention} on #7",
        "*This week*: 2 SQL (20,000 €), 1 won (12,000 €), 1 lost, 1 disqualified.",
        "*What reps made of the leads*: great lead 1, poor 1.",
        f"Company 1, 12,000 € (#1, flagged by {world.mia.mention}, closed by {world.dana.mention}, 0 days)",
        "*Open now*: 4, of which 4 late.",
        "*Debts*: sales owes an answer to 1 handoff (1 overdue), marketing owes one to 2 rejections (2 overdue).",
    ):
        assert line in said.splitlines(), line
    assert "Flagged: " not in said, "one week is no picture"
    assert "this digest is late" not in said.lower()
    [details] = world.slack.thread(digest)
    assert "All numbers" in details.plain()
    world.later(days=1)
    assert len(world.digest_messages()) == 1


def test_a_quiet_week_says_so_shortly(world: World) -> None:
    world.at(NEXT_MONDAY)
    [digest] = world.digest_messages()
    assert digest.plain() == (
        "Handoffs, week 47 · 16 to 22 November\nA quiet week: no lead was flagged, and none is open."
    )


def test_after_downtime_the_digest_is_caught_up_and_says_that_it_is_late(world: World) -> None:
    world.flag(to=world.dana)
    world.at(NEXT_MONDAY + timedelta(days=8))
    digests = world.digest_messages()
    assert [one.plain().split(" · ")[0] for one in digests] == ["Handoffs, week 47", "Handoffs, week 48"]
    for one in digests:
        assert "This digest is late: I was not running when it was due." in one.plain()
    world.at(NEXT_MONDAY + timedelta(days=14))
    assert "This digest is late" not in world.digest_messages()[-1].plain()


def test_a_long_downtime_is_made_good_for_four_weeks_only(world: World) -> None:
    world.at(NEXT_MONDAY + timedelta(weeks=9))
    weeks = [one.plain().split(" · ")[0].rsplit(" ", 1)[1] for one in world.digest_messages()]
    assert weeks == ["53", "1", "2", "3"], "2026 has 53 weeks"


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_the_digest_keeps_its_local_time_when_the_clocks_change(world: World) -> None:
    world.at(datetime(2026, 3, 16, 9, tzinfo=UTC))
    world.apply(digest={"day": "monday", "time": "08:30"})
    for day, hour in ((23, 7), (30, 6)):
        due = datetime(2026, 3, day, hour, 30, tzinfo=UTC)
        before = len(world.digest_messages())
        world.at(due - timedelta(minutes=1))
        assert len(world.digest_messages()) == before
        world.at(due + timedelta(minutes=1))
        assert len(world.digest_messages()) == before + 1, "half past eight in Berlin, before and after"


def test_several_ticks_and_several_clocks_write_one_digest(world: World) -> None:
    world.slack.clock.set(NEXT_MONDAY)
    world.tick()
    week = Week(2026, 47)
    assert world.baton.digests.post(world.slack.team_id, week, at=world.now) is False
    world.tick()
    assert len(world.digest_messages()) == 1


def test_nobody_reads_of_their_lateness_in_the_digest_before_they_have_heard_of_it(world: World) -> None:
    world.at(datetime(2026, 11, 23, 7, tzinfo=UTC))
    people = {"marketers": [world.mia.id], "reps": [world.raj.id], "managers": [world.olga.id]}
    world.apply(people=people, sla={"accept_hours": 0.01}, digest={"day": "monday", "time": "10:01"})
    world.at(datetime(2026, 11, 23, 8, 59, 30, tzinfo=UTC))
    world.flag()
    world.slack.clock.set(datetime(2026, 11, 23, 9, 2, tzinfo=UTC))
    for job in world.baton.jobs():
        if job.name == "digest":
            job.run()
    world.baton.deliverer.settle()
    [digest] = world.digest_messages()
    assert "*Open now*: 1, none late." in digest.plain()
    assert world.raj.mention not in digest.plain()


def test_the_digest_of_a_team_in_another_channel_goes_where_the_agreement_says(world: World) -> None:
    world.apply(digest_channel=world.leads.id)
    world.at(NEXT_MONDAY)
    assert world.digest_messages() == []
    assert any("Handoffs, week 47" in one.plain() for one in world.slack.messages(world.leads))


# The first line.


def test_a_week_in_which_leads_were_left_is_headed_by_them_not_by_the_rate_of_the_few_that_were_answered(
    world: World,
) -> None:
    """First three of six leads are accepted, then five of six that were answered, of fourteen. The rate rises, but
    eight leads were left."""
    earlier = _flag(world, 1, 6, to=world.dana)
    for number in earlier[:3]:
        world.accept(number)
        world.click(world.dana, number, "Log contact")
    for number in earlier[3:]:
        world.reject(number, "too_small", "", by=world.dana)
        world.click(world.mia, number, "Understood")
    for number in earlier[:3]:
        world.won(number, by=world.dana)
    world.at(NEXT_MONDAY + timedelta(hours=1))
    left = [*_flag(world, 7, 8, to=world.dana), *_flag(world, 15, 6, to=world.raj)]
    for number in left[8:13]:
        world.accept(number, by=world.raj)
    world.reject(left[13], "too_small", "", by=world.raj)
    world.click(world.mia, left[13], "Understood")
    world.day_by_day(NEXT_MONDAY + timedelta(days=7, minutes=1), step=timedelta(hours=2))
    digest = world.digest_messages()[-1]
    first, who, moved = _plain(digest).splitlines()[1:4]
    assert first == (
        "*8 of 14 leads got no answer; 5 of 5 accepted leads got no first contact in time; "
        "13 of 13 open leads are late.*"
    )
    assert f"8 with {world.dana.mention} (#7, #8, #9, #10 and 4 more)" in who
    assert f"5 with {world.raj.mention} (#15, #16, #17, #18 and 1 more)" in who
    assert "Both were told." in who
    assert moved == "Nothing moved beyond chance against the week before."
    assert "rose" not in _plain(digest)
    assert first.strip("*") in digest.text
    assert "accepted 5 of 6 answered; 8 waiting" in _plain(digest)
    card = world.card(7)
    assert f"<https://{world.slack.workspace.team_domain}.slack.com/archives/{world.leads.id}/" in digest.plain()
    assert f"/p{card.ts.replace('.', '')}|#7>" in digest.plain()
    assert "To talk about" in digest.plain()
    world.accept(7)
    assert "Waiting for" not in world.card(7).plain()


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_a_week_in_which_all_was_kept_says_so(world: World) -> None:
    for number in _flag(world, 1, 3, to=world.dana):
        world.accept(number)
        world.click(world.dana, number, "Log contact")
    world.day_by_day(NEXT_MONDAY + timedelta(minutes=1), step=timedelta(hours=4))
    said = world.digest_messages()[-1].plain()
    assert "*All 3 leads got an answer in time; nothing that is open is late.*" in said
    assert "To talk about" not in said
    assert "Late:" not in said


def test_who_is_late_is_named_once_a_reminder_was_posted_to_them_and_not_before(world: World) -> None:
    _flag(world, 1, 1, to=world.dana)
    _flag(world, 2, 1, to=world.raj)
    world.slack.faults.add(
        "chat.postMessage", Fault.server_error(), channel=_conversation(world, world.raj), times=None
    )
    world.day_by_day(NEXT_MONDAY + timedelta(minutes=1), step=timedelta(hours=2))
    first, who = _plain(world.digest_messages()[-1]).splitlines()[1:3]
    assert "2 of 2 open leads are late" in first
    assert f"1 with {world.dana.mention} (#1). They were told. 1 more is not named before" in who
    assert world.raj.mention not in _plain(world.digest_messages()[-1])
    assert "#2" not in _plain(world.digest_messages()[-1])
    [details] = world.slack.thread(world.digest_messages()[-1])
    assert f"{world.raj.mention}: 1 open\n" in details.plain() + "\n"


def _conversation(world: World, person: Person) -> str:
    """Returns the channel of the bot's direct messages to this person, once there is one."""
    return world.dm(person).channel


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_in_the_channel_where_leads_are_handed_over_nobody_is_named_beside_a_late_one(world: World) -> None:
    world.apply(digest_channel=world.leads.id)
    _flag(world, 1, 2, to=world.dana)
    world.day_by_day(NEXT_MONDAY + timedelta(minutes=1), step=timedelta(hours=2))
    digest = next(one for one in world.slack.messages(world.leads) if "Handoffs, week 47" in one.plain())
    [details] = world.slack.thread(digest)
    assert "2 of 2 open leads are late" in digest.plain()
    assert "Late: #1 and #2. Whoever has them was told." in _plain(digest)
    assert world.dana.mention not in digest.plain() + details.plain()


# Honest numbers.


def test_a_rejection_that_was_overturned_is_none_any_more(world: World) -> None:
    overturned, waiting, upheld = _flag(world, 1, 3, to=world.dana)
    for number in (overturned, waiting, upheld):
        world.reject(number, "too_small", "", by=world.dana)
        world.form(world.mia, number, "Contest…")
        world.mia.submit(note="they have 4,000 people")
        world.tick()
        ruling = next(one for one in reversed(world.dms(world.olga)) if f"#{number} " in one.plain())
        world.olga.click(ruling, "Uphold" if number == upheld else "Overturn")
        world.tick()
    world.accept(overturned)
    world.at(NEXT_MONDAY + timedelta(minutes=1))
    said = _plain(world.digest_messages()[-1])
    assert "*3 handoffs* flagged: accepted 1 of 2 answered; 1 waiting." in said
    assert "*Why sales said no*: Company too small 1 " in said


def test_amounts_of_different_currencies_are_never_added(world: World) -> None:
    euros, dollars = _flag(world, 1, 2, to=world.dana)
    for number in (euros, dollars):
        world.accept(number)
        world.won(number, by=world.dana, value="31,000" if number == euros else "12,000")
        world.apply(currency="USD")
    world.at(NEXT_MONDAY + timedelta(minutes=1))
    said = _plain(world.digest_messages()[-1])
    assert "*This week*: 2 SQL (31,000 € and $12,000), 2 won (31,000 € and $12,000)." in said
    assert "webinar: 2 · accepted 2 of 2 answered · 2 SQL (31,000 € and $12,000)" in said
    assert "Company 1, 31,000 € (" in said
    assert "Company 2, $12,000 (" in said
    _flag(world, 3, 1, to=world.dana)
    world.at(NEXT_MONDAY + timedelta(days=7, minutes=1))
    assert "2 won (31,000 € and $12,000)." in _plain(world.digest_messages()[-1]), "what became of the week before"


def test_spellings_of_one_source_are_one_as_first_written(world: World) -> None:
    for n, source in enumerate(["Trade-Fair", "TRADE-FAIR", "trade-fair", "Messe-Süd", "MESSE-SÜD"], start=1):
        world.accept(*_flag(world, n, 1, to=world.dana, source=source))
    world.at(NEXT_MONDAY + timedelta(minutes=1))
    said = world.digest_messages()[-1].plain()
    assert said[said.index("*By source*") :].splitlines()[1:3] == [
        "Trade-Fair: 3 · accepted 3 of 3 answered",
        "Messe-Süd: 2 · accepted 2 of 2 answered",
    ]


@pytest.mark.parametrize("kind", ["sqlite-http"])
def test_weeks_before_the_first_handoff_are_neither_drawn_nor_averaged(world: World) -> None:
    world.at(NEXT_MONDAY + timedelta(weeks=2, hours=1))
    for week in range(3):
        for number in _flag(world, 10 * week + 1, 2 + week, to=world.dana):
            world.accept(number)
        world.at(NEXT_MONDAY + timedelta(weeks=3 + week, hours=1))
    said = world.digest_messages()[-1].plain()
    assert "*4 handoffs* flagged (3 last week, 2.5 a week in the 2 before)" in said
    assert "Flagged: W50 2, W51 3, W52 4" in said
    [details] = world.slack.thread(world.digest_messages()[-1])
    assert "*MQLs in the 2 weeks before*\n2, 3\n" in details.plain()


def test_what_falls_due_later_in_the_running_week_is_not_due_yet(world: World) -> None:
    _flag(world, 1, 1, to=world.dana)
    world.baton.digests.post(world.slack.team_id, Week(2026, 47), at=world.now)
    world.tick()
    said = world.digest_messages()[0].plain()
    assert "*1 lead was flagged; none was due for an answer yet.*" in said
    assert "nothing fell due" in said
