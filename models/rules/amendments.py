"""Two people change the agreement at once: what each changed, and one document with both changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import BadAgreement
from models.rules.agreement import Agreement, validate

Leaves = Mapping[str, object]
# Tables that are compared as a whole, because users choose their keys.
WHOLE = ("emoji", "reasons")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One key of the agreement: its value when a person opened the form, its value now, and the value they want. `was`
    is None if no agreement was in force then."""

    key: str
    was: object
    now: object
    wanted: object


def differences(base: Agreement | None, current: Agreement, wanted: Agreement) -> tuple[Difference, ...]:
    """Returns the keys that have changed since `base`, and those that `wanted` would change now."""
    was = _leaves(base) if base is not None else {}
    now, asked = _leaves(current), _leaves(wanted)
    return tuple(
        Difference(key=key, was=was.get(key), now=now[key], wanted=asked[key])
        for key in now
        if now[key] != asked[key] or (base is not None and now[key] != was[key])
    )


def merged(base: Agreement | None, current: Agreement, wanted: Agreement) -> Agreement:
    """Returns the agreement in force with the changes that `wanted` makes to `base`. Returns all of `wanted` if there
    is no base, or if both changes do not fit together."""
    if base is None:
        return wanted
    was, asked = _leaves(base), _leaves(wanted)
    document = current.model_dump(mode="json")
    for key, value in asked.items():
        if value != was[key]:
            part, _, name = key.rpartition(".")
            (document[part] if part else document)[name] = value
    try:
        return validate(document)
    except BadAgreement:
        return wanted


def _leaves(agreement: Agreement) -> Leaves:
    """Returns each key with its value. A key in a table is `table.key`."""
    leaves: dict[str, object] = {}
    for key, value in agreement.model_dump(mode="json").items():
        if isinstance(value, dict) and key not in WHOLE:
            leaves |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            leaves[key] = value
    return leaves
