"""A workspace: the versions of its agreement (`agreements`), and its people and groups as the chat reports them
(`roster`). New code that belongs here: installations, and the tokens of each workspace."""
