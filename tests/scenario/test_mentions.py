"""Whom people speak of: shown by name to whoever reads it, and heard of by nobody because of it."""

from tests.scenario.world import World


def test_what_people_are_called_is_known_and_follows_their_profile(world: World) -> None:
    def known() -> tuple[str, str]:
        person = world.baton.roster.person(world.slack.team_id, world.dana.id)
        assert person is not None
        return person.name, person.handle

    assert known() == ("dana", "dana")
    world.dana.change(name="Dana Fox")
    assert known() == ("Dana Fox", "Dana Fox")
