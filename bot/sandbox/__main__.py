"""`python -m bot.sandbox` starts a sandbox alone. It prints its addresses and tokens as one line of JSON, then
serves."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from bot.sandbox.clock import SandboxClock
from bot.sandbox.sandbox import Sandbox


def main() -> None:
    """Serves until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A Slack of your own.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--clock-file", type=Path, help="the file that holds the clock's offset in seconds")
    parser.add_argument("--deliver-to", action="append", default=[], help="an address of the app, once or more")
    parser.add_argument("--no-rate-limits", action="store_true")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    clock = SandboxClock(options.clock_file)
    with Sandbox(clock=clock, host=options.host, port=options.port, rate_limits=not options.no_rate_limits) as slack:
        slack.deliver_to(*options.deliver_to)
        sys.stdout.write(json.dumps(slack.facts()) + "\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
