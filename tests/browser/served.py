"""The page as `baton demo` serves it, with a channel as long as wanted: `python -m tests.browser.served 8000 2000`."""

import sys

from bot.playground.company import Company
from bot.playground.page import serve


def main(port: int, messages: int) -> None:
    with Company() as company:
        for number in range(messages):
            person = company.people[number % len(company.people)]
            person.say(company.general, f"Message {number} of a long conversation, with *some* words in it.")
        serve(company, port=port, open_browser=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
