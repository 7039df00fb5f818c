"""Two people change the agreement at once: what each changed, and both changes in one document. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.agreement import Agreement, validate
from models.errors import BadAgreement

Leaves = Mapping[str, object]
WHOLE = ("emoji", "reasons")
"""Tables that are compared as a whole: they have keys of their own making."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One key of the agreement: as it was when somebody looked at it, as it is now, and as they want it. `was` is None
    where nothing was agreed on yet."""

    key: str
    was: object
    now: object
    wanted: object


def differences(base: Agreement | None, current: Agreement, wanted: Agreement) -> tuple[Difference, ...]:
    """The keys that have changed since `base`, or that `wanted` would change now."""
    was = _leaves(base) if base is not None else {}
    now, asked = _leaves(current), _leaves(wanted)
    return tuple(
        Difference(key=key, was=was.get(key), now=now[key], wanted=asked[key])
        for key in now
        if now[key] != asked[key] or (base is not None and now[key] != was[key])
    )


def merged(base: Agreement | None, current: Agreement, wanted: Agreement) -> Agreement:
    """The agreement in force with what `wanted` changes of `base`; all of `wanted` where there was none to change, or
    where both changes do not go together."""
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
    """Each key with its value, those of tables as `table.key`."""
    leaves: dict[str, object] = {}
    for key, value in agreement.model_dump(mode="json").items():
        if isinstance(value, dict) and key not in WHOLE:
            leaves |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            leaves[key] = value
    return leaves
