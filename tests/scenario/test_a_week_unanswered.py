"""Fourteen leads are flagged seven minutes apart, and nobody answers for a week: who hears of it, how often, and what
each message lets them do."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Message, Person
from tests.monday import MONDAY
from tests.scenario.world import World

FRIDAY = datetime(2026, 11, 20, 18, tzinfo=UTC)
REMINDERS = re.compile(r"waits? for you|is late|are late|Newer reminder below|nothing of this waits")
BERLIN = ZoneInfo("Europe/Berlin")


def reminders(world: World, person: Person) -> list[Message]:
    """Returns the messages that reminded this person, with their present words."""
    return [one for one in world.dms(person) if REMINDERS.search(one.plain())]


def each_day(messages: list[Message]) -> Counter[int]:
    """Returns how many there were on each day of the month, in Berlin, where all but Raj are."""
    return Counter(datetime.fromtimestamp(float(one.ts), BERLIN).day for one in messages)


def rows(message: Message) -> dict[int, list[str]]:
    """Returns the leads of a reminder, each with its buttons."""
    found: dict[int, list[str]] = {}
    for block, following in zip(message.blocks, [*message.blocks[1:], {}], strict=True):
        number = re.match(r"\*#(\d+)\*", str((block.get("text") or {}).get("text", "")))
        if number:
            buttons = following.get("elements", []) if following.get("type") == "actions" else []
            found[int(number[1])] = [button["text"]["text"] for button in buttons]
    return found


def press(world: World, person: Person, message: Message, name: str, number: int) -> None:
    """Clicks the button of one lead in a message about several."""
    value = str(world.id_of(number))
    block = next(block for block, one in message.elements() if (one["text"]["text"], one["value"]) == (name, value))
    assert person.click(message, name, block=block).ok
    world.tick()


def a_week(world: World) -> list[int]:
    """Flags fourteen leads, seven minutes apart, for both reps in turn. Then lets time pass until Friday. Returns their
    numbers."""
    numbers = []
    for n in range(14):
        to = world.dana if n % 2 else world.raj
        numbers.append(world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com", to=to))
        world.watch(minutes=7, every=7)
    while world.now + timedelta(days=1) < FRIDAY:
        evening = world.now.replace(hour=18, minute=0)
        world.day_by_day(evening, step=timedelta(minutes=10))
        world.day_by_day(evening + timedelta(hours=13), step=timedelta(hours=1))  # at night nobody works
    world.day_by_day(FRIDAY, step=timedelta(minutes=10))
    return numbers


def assert_was_no_flood(world: World, numbers: list[int]) -> None:
    mine = {person.name: each_day(reminders(world, person)) for person in (world.dana, world.raj, world.olga)}
    assert all(count <= 6 for days in mine.values() for count in days.values()), mine
    for days in mine.values():
        assert [days[day] for day in (18, 19, 20)] == [1, 1, 1], "what stays late comes once a morning"
    assert (mine["dana"][17], mine["olga"][17]) == (1, 3), "to the manager some of it is new on Tuesday"
    assert reminders(world, world.mia) == []

    for person, theirs in ((world.dana, numbers[1::2]), (world.raj, numbers[::2]), (world.olga, numbers)):
        *older, last = reminders(world, person)
        assert sorted(rows(last)) == theirs, "the last one has all that is late"
        assert all(buttons for buttons in rows(last).values())
        assert all(re.match(r"Newer reminder below\. This one was about #", one.plain()) for one in older)
        assert not any("late" in one.plain() for one in older)
        zone = ZoneInfo("Europe/London") if person is world.raj else BERLIN
        first = datetime.fromtimestamp(float(last.ts), zone)
        assert (first.hour, first.minute // 10) == (9, 0), "at the start of their day"
    assert {tuple(buttons) for buttons in rows(reminders(world, world.olga)[-1]).values()} == {
        ("Hand to…", "Take it", "Details")
    }


def assert_late_is_not_said_of_what_is_done(world: World, numbers: list[int]) -> None:
    for number in numbers[1::2]:
        world.accept(number, by=world.dana)
    world.reject(numbers[0], by=world.raj)
    assert reminders(world, world.dana)[-1].plain() == "Done: nothing of this waits for you any more."
    left = sorted(numbers[2::2])
    for person in (world.raj, world.olga):
        assert sorted(rows(reminders(world, person)[-1])) == left
    for number in left:
        world.reject(number, by=world.raj)
    everything = [one for person in world.team.everyone for one in world.dms(person)] + world.cards()
    assert not [one.plain() for one in everything if "late" in one.plain() or "late" in one.text]


@pytest.mark.timeout(300)
def test_a_week_in_which_nobody_answers_is_no_flood_and_nothing_says_late_of_what_is_then_done(world: World) -> None:
    numbers = a_week(world)
    assert_was_no_flood(world, numbers)
    assert_late_is_not_said_of_what_is_done(world, numbers)


def test_each_step_is_a_message_of_its_own_about_that_lead_alone(world: World) -> None:
    first = world.flag(to=world.dana)
    world.watch(minutes=20, every=10)
    second = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    world.watch(minutes=105, every=5)
    assert [sorted(rows(one)) for one in reminders(world, world.dana)] == [[first]]
    assert reminders(world, world.dana)[0].text == f"#{first} Jane Doe, Acme: accept by 14:00, 2 h left"
    world.watch(minutes=20, every=5)
    older, newer = reminders(world, world.dana)
    assert sorted(rows(newer)) == [second]
    assert older.plain().startswith(f"Newer reminder below. This one was about #{first}.")


def test_what_phones_show_says_which_lead_what_and_how_late(world: World) -> None:
    number = world.flag(to=world.dana)
    world.later(hours=5)
    [nudge] = reminders(world, world.dana)
    assert nudge.text == f"#{number} Jane Doe, Acme: an answer was due 14:00, 1 h late"
    world.at(MONDAY + timedelta(days=1))
    assert (
        reminders(world, world.dana)[-1].text
        == f"#{number} Jane Doe, Acme: an answer was due yesterday 14:00, 4 h late"
    )
    assert f"{number} Jane Doe, Acme: an answer from {world.dana.mention} was due yesterday 14:00, 4 h late" in (
        reminders(world, world.olga)[-1].text
    )


def test_late_is_said_as_late_wherever_the_lead_is_shown(world: World) -> None:
    number = world.flag(to=world.dana)
    world.later(hours=4)
    world.later(hours=2)
    late = re.compile(r"an answer was due .* \(2 h late\)")
    card = world.card(number)
    yours = next(one for one in world.dms(world.dana) if "A lead for you" in one.plain())
    home = world.olga.open_home()
    places = {
        "card": card.plain(),
        "its text": card.text,
        "direct message": yours.plain(),
        "reminder": reminders(world, world.dana)[-1].plain(),
        "manager": reminders(world, world.olga)[-1].plain(),
        "mine": world.command(world.dana, "/baton", "mine"),
        "manager's mine": world.command(world.olga, "/baton", "mine"),
        "home": home.plain() if home else "",
        "lead": world.command(world.mia, "/baton", f"lead {number}"),
    }
    assert {place for place, words in places.items() if not late.search(words)} == set()
    assert {place for place, words in places.items() if "accept by" in words} == set()


def test_a_promise_that_would_be_over_by_the_morning_is_reminded_of_beyond_the_six(world: World) -> None:
    world.apply(sla={"accept_hours": 0.5})
    numbers = []
    for n in range(9):
        numbers.append(world.flag(f"Lead {n}, Company {n}, lead{n}@company{n}.com", to=world.dana))
        world.watch(minutes=40, every=5)
    about = [number for one in reminders(world, world.dana) for number in re.findall(r"#(\d+)", one.plain())]
    assert {int(number) for number in about} >= set(numbers)
    assert len(reminders(world, world.dana)) > 6


def test_the_morning_is_one_message_also_where_it_goes_out_before_the_clock_has_looked(world: World) -> None:
    """What came up outside of a person's working hours waits for their morning, and so does what is late since the day
    before."""
    world.olga.change(tz="America/New_York")
    first = world.flag(to=world.dana)
    world.later(hours=6)
    [told] = reminders(world, world.olga)
    assert sorted(rows(told)) == [first]
    second = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    opens = datetime(2026, 11, 17, 14, tzinfo=UTC)
    world.day_by_day(opens - timedelta(minutes=5))
    assert len(reminders(world, world.olga)) == 1
    world.slack.clock.set(opens)
    world.baton.deliverer.settle()
    world.watch(minutes=30, every=5)
    _, morning = reminders(world, world.olga)
    assert sorted(rows(morning)) == [first, second]


def test_where_nobody_manages_the_one_who_flagged_it_hears_and_it_is_not_left_at_late(world: World) -> None:
    world.apply(people={"marketers": [world.mia.id], "reps": [world.dana.id], "managers": []})
    number = world.flag(to=world.dana)
    world.later(hours=6)
    [told] = reminders(world, world.mia)
    assert rows(told) == {number: ["Details"]}
    world.accept(number)
    assert reminders(world, world.mia)[-1].plain() == "Done: nothing of this waits for you any more."


def test_rejections_without_an_answer_are_reminded_of_in_one_message_until_they_are_answered(world: World) -> None:
    numbers = world.flag_many(3, to=world.dana)
    for number in numbers:
        world.reject(number, by=world.dana)
    world.at(MONDAY + timedelta(days=1, minutes=5))
    [told] = reminders(world, world.mia)
    assert "3 rejections wait for your answer" in told.plain()
    assert told.buttons.count("Understood") == 3
    world.at(MONDAY + timedelta(days=2))
    older, told = reminders(world, world.mia)
    assert older.plain().startswith("Newer reminder below.")
    for number in numbers:
        press(world, world.mia, reminders(world, world.mia)[-1], "Understood", number)
    assert reminders(world, world.mia)[-1].plain() == "Done: nothing of this waits for you any more."
    world.at(MONDAY + timedelta(days=4))
    assert len(reminders(world, world.mia)) == 2
