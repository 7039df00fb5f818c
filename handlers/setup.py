"""The set-up form: the agreement's main points, for people who do not write TOML."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack

from bot.slack import parse
from bot.slack.ids import is_channel, is_group
from bot.slack.parse import Place, StaleForm
from bot.slack.views import answers, forms
from bot.slack.views.blocks import Message, again, notice
from handlers import screens
from handlers.deps import Deps
from handlers.errors import refused
from models.errors import BadAgreement, ChangedMeanwhile, NotAllowed, NotSetUp, SetUpMeanwhile
from models.rules.agreement import Agreement, validate
from models.rules.amendments import differences, merged
from models.rules.callers import Caller
from models.rules.characters import visible
from models.rules.terms import Terms

# The field of the form at which a problem with a key of the agreement is shown. A promise that the form does not ask
# for, or a step of its ladder, can only be too long for the working week.
FIELD_OF = {
    "handoff_channel": "handoff_channel",
    "digest_channel": "digest_channel",
    "timezone": "timezone",
    "people.marketers": "marketers",
    "people.reps": "reps",
    "people.managers": "managers",
    "sla.accept_hours": "accept_hours",
    "sla.contact_hours": "contact_hours",
    "sla": "working_days",
    "promises": "working_days",
    "working": "working_days",
    "working.opens": "opens",
    "working.closes": "closes",
    "holidays": "country",
    "digest.day": "digest_day",
    "digest.time": "digest_time",
}


def open_form(deps: Deps, where: Place) -> Message | None:
    """Opens the form, filled with the agreement in force or with defaults that work. Raises what `_allowed` raises."""
    by, terms = _allowed(deps, where)
    here = where.channel if where.channel and is_channel(where.channel) else None
    person = deps.roster.person(by.workspace_id, by.person)
    zone = (person.timezone if person else None) or "UTC"
    view = forms.setup(terms.agreement if terms else None, version=terms.version if terms else 0, here=here, zone=zone)
    how = "I could not open the form. Try again, or apply a file with `baton agreement apply`."
    return screens.show(deps, where, view, otherwise=how)


def submitted(ack: Ack, body: dict[str, Any], _by: Caller, where: Place, deps: Deps) -> None:
    """Applies the agreement of a form. Does not undo what was agreed on since the form was opened: then the form comes
    back with both changes in it, and says what they are."""
    opened_on = parse.version(body["view"])
    try:
        by, terms = _allowed(deps, where)
    except NotAllowed:
        _refuse_if_set_up_since(opened_on, where, deps)
        raise
    base = deps.agreements.version(where.workspace_id, opened_on)
    if base is None and opened_on:
        raise StaleForm
    try:
        agreement = validate(_document(parse.values(body["view"]), base))
    except BadAgreement as bad:
        ack(response_action="errors", errors=parse.at_blocks(body["view"], _at_fields(bad)))
        return
    receipt = parse.form_receipt(body)
    try:
        version = deps.agreements.apply(agreement, by=by, at=deps.clock.now(), receipt=receipt, opened_on=opened_on)
    except NotAllowed:  # somebody set up at the same moment
        _refuse_if_set_up_since(opened_on, where, deps)
        raise
    except ChangedMeanwhile as refusal:
        now = deps.queries.terms(where.workspace_id)
        both = merged(base, now.agreement, agreement)
        found = differences(base, now.agreement, agreement)
        word = answers.changed_meanwhile(refused(refusal, where, deps).text, found)
        ack(response_action="update", view=again(forms.setup(both, version=now.version, word=word), body["view"]))
        return
    told = answers.set_up(
        agreement.handoff_channel, agreement.digests_to, version=version, before=terms.version if terms else 0
    )
    ack(response_action="update", view=notice("Set up", told))


def _refuse_if_set_up_since(opened_on: int, where: Place, deps: Deps) -> None:
    """Raises SetUpMeanwhile if somebody else was the first to set up. The first decides who may change the
    agreement."""
    first = deps.agreements.applied_by(where.workspace_id, 1)
    if opened_on == 0 and first is not None:
        raise SetUpMeanwhile(person=first)


def _allowed(deps: Deps, where: Place) -> tuple[Caller, Terms | None]:
    """Returns who asks, looked up anew, and the agreement in force or None. Raises NotInRole, NobodySetsUp or
    NotAMember if they may not change it, and StillUnknown."""
    by = deps.callers.looked_up(where)
    try:
        terms = deps.queries.terms(where.workspace_id)
    except NotSetUp:
        by.require_member()
        return by, None
    terms.require_setup(by)
    return by, terms


def _document(entered: Mapping[str, Any], current: Agreement | None) -> dict[str, Any]:
    """Returns the agreement in force with what was entered in its place. What the form does not ask for stays."""
    document: dict[str, Any] = current.model_dump(mode="json") if current else {}

    def part(name: str) -> dict[str, Any]:
        return dict(document.get(name) or {})

    def typed_in(name: str) -> str:
        return visible(parse.typed(entered.get(name))).strip()

    def chosen(name: str) -> list[str]:
        value = entered.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    groups = {
        role: [member for member in part("people").get(role, ()) if is_group(member)]
        for role in ("marketers", "reps", "managers")
    }
    return {
        **document,
        "handoff_channel": typed_in("handoff_channel"),
        "digest_channel": entered.get("digest_channel"),
        "timezone": typed_in("timezone"),
        "people": {role: [*groups[role], *chosen(role)] for role in groups},
        "sla": part("sla") | {name: typed_in(name).replace(",", ".") for name in ("accept_hours", "contact_hours")},
        "working": part("working")
        | {
            "days": chosen("working_days"),
            "opens": entered.get("opens"),
            "closes": entered.get("closes"),
        },
        "holidays": part("holidays") | {"country": typed_in("country").upper()},
        "digest": part("digest") | {"day": entered.get("digest_day"), "time": entered.get("digest_time")},
    }


def _at_fields(bad: BadAgreement) -> dict[str, str]:
    """Returns each problem at the field that it is about. A problem of no field stands at the first one, with its
    key."""
    errors: dict[str, str] = {}
    for problem in bad.problems:
        key = problem.key
        while key not in FIELD_OF and "." in key:
            key = key.rpartition(".")[0]
        field = FIELD_OF.get(key, "handoff_channel")
        words = problem.words if key == problem.key and key in FIELD_OF else f"{problem.key}: {problem.words}"
        errors[field] = f"{errors[field]}; {words}" if field in errors else words
    return errors
