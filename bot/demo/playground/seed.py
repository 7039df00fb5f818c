"""A week of history. The people of the scripted week play it."""

from rich.console import Console

from bot.demo.playground.company import ZONE, Company
from bot.demo.week import Stage, play_week


def play_a_week(company: Company) -> None:
    """Plays the week to its end, the digest on the next Monday. Until then everybody is in one zone, because the script
    needs that. Raises Stopped."""
    own_zone = company.raj.record.tz
    company.raj.change(tz=ZONE.key)
    play_week(Stage(company.slack, company.facts, Console(quiet=True), pause=0))
    company.raj.change(tz=own_zone)
