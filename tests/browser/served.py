"""The page as `baton demo` serves it, with a long channel and a gallery of elements at its end.

`python -m tests.browser.served PORT MESSAGES` serves it. With a third argument `broken` the bot can't start.
"""

import json
import sys
import urllib.parse
import urllib.request

from bot.demo.playground.company import Company
from bot.demo.playground.page import serve
from tests.browser.gallery import BLOCKS


def main(port: int, messages: int, *, broken: bool) -> None:
    company = Company()
    if broken:
        company.program.database.with_name("agreement.toml").write_text("none", "utf-8")
    with company:
        for number in range(messages):
            person = company.people[number % len(company.people)]
            person.say(company.general, f"Message {number} of a long conversation, with *some* words in it.")
        _as_the_app(company, "chat.postMessage", channel=company.general.id, text="Gallery", blocks=json.dumps(BLOCKS))
        serve(company, port=port, open_browser=False)


def _as_the_app(company: Company, method: str, **arguments: str) -> None:
    body = urllib.parse.urlencode({"token": company.slack.bot_token, **arguments}).encode()
    with urllib.request.urlopen(f"{company.slack.api_url}{method}", body) as answer:  # noqa: S310 - our own loopback
        said = json.load(answer)
    assert said["ok"], said


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), broken=sys.argv[3:] == ["broken"])
