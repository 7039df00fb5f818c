"""A week of history. The people of the scripted week play it."""

import threading

from rich.console import Console

from bot.demo.playground.company import ZONE, Company
from bot.demo.week import Stage, play_week


def play_a_week(company: Company, end: threading.Event) -> None:
    """Plays the week to its end, the digest on the next Monday, or until `end` is set. Until then everybody is in one
    zone, because the script needs that. Raises Stopped."""
    own_zone = company.raj.record.tz
    company.raj.change(tz=ZONE.key)
    play_week(Stage(company.slack, company.facts, Console(quiet=True), pause=0, end=end))
    company.raj.change(tz=own_zone)
