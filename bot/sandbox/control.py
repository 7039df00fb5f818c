"""The sandbox over HTTP, for another process or a web page: `/sandbox/...`, with JSON in and out.

A POST must have a JSON content type. So a web page from elsewhere, open in a browser on this machine, cannot send one.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.control_acts import ACTS, channel_of
from bot.sandbox.controlled_sandbox import ControlledSandbox
from bot.sandbox.errors import Impossible, NoSuchThing, Refusal
from bot.sandbox.faults import DeliveryFault, Fault
from bot.sandbox.people import Person
from bot.sandbox.records import Channel, Json

Handler = Callable[[ControlledSandbox, dict[str, str], Json], Any]


def person_shape(person: Person) -> Json:
    """Returns the facts of a person, without what is on the screen."""
    hidden = {"views", "home", "notices"}
    facts = {name: value for name, value in asdict(person.record).items() if name not in hidden}
    return facts | {"dm": person.dm.id}


def channel_shape(channel: Channel) -> Json:
    """Returns the facts of a channel, without its messages."""
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "members": list(channel.members),
        "is_archived": channel.is_archived,
    }


def describe(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Returns the addresses and tokens, the time, and what this API offers."""
    return slack.facts() | {
        "now": slack.clock.now().isoformat(),
        "sockets": slack.sockets,
        "acts": sorted(ACTS),
        "paths": sorted(f"{method} /sandbox{path}" for method, path in HANDLERS),
    }


def people(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Returns everybody."""
    return {"people": [person_shape(person) for person in slack.people]}


def add_person(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Creates a person, or changes one. Takes `name` and the facts of `Sandbox.person`."""
    facts = {name: value for name, value in body.items() if name != "name"}
    return person_shape(slack.person(body["name"], **facts))


def screen(slack: ControlledSandbox, path: dict[str, str], body: Json) -> Json:
    """Returns what one person sees: the messages of `channel` (by default the direct messages), the modal, the home and
    the notices."""
    person = slack.known_person(path["name"])
    place = channel_of(slack.workspace, person, body.get("channel", "dm"))
    view, home = person.view, person.home
    return {
        "channel": channel_shape(place),
        "messages": [message.as_json() for message in person.sees(place)],
        "view": view.as_json() if view else None,
        "home": home.as_json() if home else None,
        "notices": person.notices,
    }


def act(slack: ControlledSandbox, path: dict[str, str], body: Json) -> Any:
    """Makes a person do something. `control_acts` lists what."""
    person = slack.known_person(path["name"])
    play = ACTS.get(path["act"])
    if play is None:
        raise NoSuchThing(f"nobody can {path['act']}; there is {', '.join(sorted(ACTS))}")
    return play(slack.workspace, person, body)


def channels(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Returns all channels."""
    return {"channels": [channel_shape(channel) for channel in slack.channels]}


def add_channel(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Creates a channel. Takes `name`, `private`, `members` (names) and `bot` (true to invite it)."""
    channel = slack.channel(body["name"], private=bool(body.get("private")))
    slack.invite(channel, *(slack.known_person(name) for name in body.get("members", [])))
    if body.get("bot"):
        slack.invite_bot(channel)
    return channel_shape(channel)


def change_channel(slack: ControlledSandbox, path: dict[str, str], body: Json) -> Json:
    """Makes one of these changes to a channel: archive, unarchive, rename (takes `name`), invite (takes `people`),
    invite_bot or remove_bot."""
    channel = slack.workspace.channel_named(path["name"])
    changes: dict[str, Callable[[], None]] = {
        "archive": lambda: slack.archive(channel),
        "unarchive": lambda: slack.unarchive(channel),
        "rename": lambda: slack.rename(channel, body["name"]),
        "invite": lambda: slack.invite(channel, *(slack.known_person(name) for name in body["people"])),
        "invite_bot": lambda: slack.invite_bot(channel),
        "remove_bot": lambda: slack.remove_bot(channel),
    }
    if path["change"] not in changes:
        raise NoSuchThing(f"a channel cannot {path['change']}; there is {', '.join(sorted(changes))}")
    changes[path["change"]]()
    return channel_shape(channel)


def messages(slack: ControlledSandbox, path: dict[str, str], _body: Json) -> Json:
    """Returns all messages of a channel."""
    return {"messages": [message.as_json() for message in slack.messages(path["name"])]}


def read_clock(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Returns the sandbox's time, and its offset in seconds."""
    return {"now": slack.clock.now().isoformat(), "offset": slack.clock.offset}


def move_clock(slack: ControlledSandbox, path: dict[str, str], body: Json) -> Json:
    """Moves the clock. Takes `advance` in seconds, or `set`, an ISO 8601 time with a zone."""
    if "advance" in body:
        slack.clock.advance(timedelta(seconds=float(body["advance"])))
    if "set" in body:
        slack.clock.set(datetime.fromisoformat(body["set"]))
    return read_clock(slack, path, body)


def add_fault(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Plans a fault. Takes `fault` (a kind of Fault) with `method`, `channel`, `times`, `seconds`, `status` and
    `error`, or `delivery` (duplicate, drop or hold) with `copies`, `kind`, `event` and `times`."""
    if "delivery" in body:
        delivery = DeliveryFault(kind=body["delivery"], copies=int(body.get("copies", 2)))
        slack.faults.add_delivery(delivery, kind=body.get("kind"), event=body.get("event"), times=body.get("times", 1))
    else:
        fault = Fault(
            kind=body["fault"],
            status=int(body.get("status", 503)),
            seconds=float(body.get("seconds", 1)),
            error=body.get("error", ""),
        )
        times = body.get("times", 1)
        slack.faults.add(body.get("method"), fault, times=times, channel=body.get("channel"))
    return {"planned": body}


def clear_faults(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Removes all planned faults."""
    slack.faults.clear()
    return {}


def release(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Delivers what was held, in reverse order if `reverse`."""
    return {"released": slack.faults.release(reverse=bool(body.get("reverse")))}


def read_log(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Returns all calls and deliveries."""
    return slack.log.as_json()


def clear_log(slack: ControlledSandbox, _path: dict[str, str], _body: Json) -> Json:
    """Removes all calls and deliveries from the log."""
    slack.log.clear()
    return {}


def deliver_to(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Sets the addresses that receive signed HTTP requests. Takes `urls`."""
    slack.deliver_to(*body["urls"])
    return {"urls": body["urls"]}


def settings(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Changes the settings that are given: `scopes` of the bot, `events` that it is subscribed to (null for all),
    `rate_limits`."""
    if "scopes" in body:
        slack.bot_scopes.clear()
        slack.bot_scopes.update(body["scopes"])
    if "events" in body:
        if body["events"] is None:
            slack.subscribe_to_all()
        else:
            slack.subscribe(*body["events"])
    if "rate_limits" in body:
        slack.rate_limits = bool(body["rate_limits"])
    return {"scopes": sorted(slack.bot_scopes), "rate_limits": slack.rate_limits}


def disconnect(slack: ControlledSandbox, _path: dict[str, str], body: Json) -> Json:
    """Asks the app's sockets to reconnect. Takes `reason` and `close`."""
    slack.disconnect_sockets(body.get("reason", "refresh_requested"), close=bool(body.get("close", True)))
    return {"sockets": slack.sockets}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/"): describe,
    ("GET", "/people"): people,
    ("POST", "/people"): add_person,
    ("GET", "/people/{name}/screen"): screen,
    ("POST", "/people/{name}/{act}"): act,
    ("GET", "/channels"): channels,
    ("POST", "/channels"): add_channel,
    ("GET", "/channels/{name}/messages"): messages,
    ("POST", "/channels/{name}/{change}"): change_channel,
    ("GET", "/clock"): read_clock,
    ("POST", "/clock"): move_clock,
    ("POST", "/faults"): add_fault,
    ("DELETE", "/faults"): clear_faults,
    ("POST", "/release"): release,
    ("GET", "/log"): read_log,
    ("DELETE", "/log"): clear_log,
    ("POST", "/deliver_to"): deliver_to,
    ("POST", "/settings"): settings,
    ("POST", "/disconnect"): disconnect,
}


def routes(slack: ControlledSandbox) -> list[BaseRoute]:
    """Returns the routes of the control API."""
    return [
        Route(f"/sandbox{path}", _endpoint(slack, handler), methods=[method])
        for (method, path), handler in HANDLERS.items()
    ]


def _endpoint(slack: ControlledSandbox, handler: Handler) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        body: Json = dict(request.query_params)
        if request.method == "POST":
            if not request.headers.get("content-type", "").startswith("application/json"):
                return JSONResponse({"error": "send application/json"}, status_code=415)
            body |= await request.json()
        try:
            answer = await run_in_threadpool(handler, slack, request.path_params, body)
        except NoSuchThing as unknown:
            return JSONResponse({"error": str(unknown)}, status_code=404)
        except Impossible as impossible:
            return JSONResponse({"error": str(impossible)}, status_code=409)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), status_code=409)
        except (KeyError, TypeError, ValueError) as wrong:
            return JSONResponse({"error": f"{type(wrong).__name__}: {wrong}"}, status_code=400)
        return JSONResponse(answer)

    return endpoint
