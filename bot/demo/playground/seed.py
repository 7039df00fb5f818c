"""A week of history, played by the people of the scripted week."""

from rich.console import Console

from bot.demo.playground.company import ZONE, Company
from bot.demo.week import Stage, play_week


def play_a_week(company: Company) -> None:
    """Play it to its end: the digest on the next Monday. Everybody is in one zone meanwhile, as its script has it."""
    own_zone = company.raj.record.tz
    company.raj.change(tz=ZONE.key)
    play_week(Stage(company.slack, company.books, Console(quiet=True), pause=0))
    company.raj.change(tz=own_zone)
