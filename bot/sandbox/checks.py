"""A small language that says how a JSON structure must look. Each violation is reported with its JSON pointer."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[Any, str, "Scan"], None]


@dataclass
class Scan:
    """One pass over one structure. `surface` is message, modal or home."""

    surface: str
    problems: list[str] = field(default_factory=list)

    def report(self, problem: str, at: str) -> None:
        """Adds a violation at the JSON pointer `at`."""
        self.problems.append(f"[ERROR] {problem} [json-pointer:{at}]")


def text(most: int, *, least: int = 1) -> Check:
    """Returns the check for a string of `least` to `most` characters."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, str):
            scan.report("must be a string", at)
        elif len(value) > most:
            scan.report(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            scan.report(f"must be more than {least - 1} characters", at)

    return check


def matching(pattern: str, says: str) -> Check:
    """Returns the check for a string that matches `pattern` as a whole. `says` is the complaint if it does not."""
    compiled = re.compile(pattern)

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            scan.report(says, at)

    return check


def whole(least: int, most: int) -> Check:
    """Returns the check for an integer from `least` to `most`."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            scan.report("must be an integer", at)
        elif value > most:
            scan.report(f"must be less than {most + 1}", at)
        elif value < least:
            scan.report(f"must be greater than {least - 1}", at)

    return check


def number(*, positive: bool = False) -> Check:
    """Returns the check for a number, above zero if `positive`."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            scan.report("must be a number", at)
        elif positive and value <= 0:
            scan.report("must be greater than 0", at)

    return check


def boolean(value: Any, at: str, scan: Scan) -> None:
    """Checks for true or false."""
    if not isinstance(value, bool):
        scan.report("must be a boolean", at)


def anything(_value: Any, _at: str, _scan: Scan) -> None:
    """Accepts any value."""


def one_of(*allowed: str) -> Check:
    """Returns the check for one of some words."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if value not in allowed:
            scan.report(f"value must be one of: {', '.join(allowed)}", at)

    return check


def array(item: Check, *, least: int = 1, most: int) -> Check:
    """Returns the check for a list of `least` to `most` items."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, list):
            scan.report("must be an array", at)
            return
        if len(value) > most:
            scan.report(f"no more than {most} items allowed", at)
        if len(value) < least:
            scan.report(f"no fewer than {least} items allowed", at)
        for position, one in enumerate(value):
            item(one, f"{at}/{position}", scan)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Returns the check for an object with these keys and no others. `type` is always allowed, because whoever chose
    the shape has read it."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, dict):
            scan.report("must be an object", at)
            return
        for name in required:
            if name not in value:
                scan.report(f"missing required field: {name}", at)
        for name, one in value.items():
            if name in known:
                known[name](one, f"{at}/{name}", scan)
            elif name != "type":
                scan.report(f"invalid additional property: {name}", at)

    return check


def by_type(table: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """Returns the check for an object whose `type` chooses a check from `table`. Only the types in `allowed` pass, if
    it is given."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if not isinstance(value, dict):
            scan.report("must be an object", at)
            return
        kind = value.get("type")
        if kind is None:
            scan.report("missing required field: type", at)
        elif not isinstance(kind, str) or kind not in table or (allowed is not None and kind not in allowed):
            scan.report(f"unsupported type: {kind}", f"{at}/type")
        else:
            table[kind](value, at, scan)

    return check


def both(*checks: Check) -> Check:
    """Returns the check that makes all of these checks."""

    def check(value: Any, at: str, scan: Scan) -> None:
        for one in checks:
            one(value, at, scan)

    return check


def if_object(rule: Callable[[dict[str, Any], str, Scan], None]) -> Check:
    """Returns the check for a rule about several keys of one object. It accepts anything that is no object, because
    another check reports that."""

    def check(value: Any, at: str, scan: Scan) -> None:
        if isinstance(value, dict):
            rule(value, at, scan)

    return check


def needs_one_of(*names: str) -> Check:
    """Returns the check that at least one of these keys has a value."""

    def rule(value: dict[str, Any], at: str, scan: Scan) -> None:
        if not any(value.get(name) for name in names):
            scan.report(f"must have at least one of: {', '.join(names)}", at)

    return if_object(rule)


def only_one_of(*names: str) -> Check:
    """Returns the check that exactly one of these keys is there."""

    def rule(value: dict[str, Any], at: str, scan: Scan) -> None:
        if sum(name in value for name in names) != 1:
            scan.report(f"must have exactly one of: {', '.join(names)}", at)

    return if_object(rule)
