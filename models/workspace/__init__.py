"""A workspace: the versions of its agreement (`agreements`), and its people and groups as the chat reports them
(`roster`).

New code that belongs here:
- OAuth: the tokens, encrypted, are in `models/workspace/installations`; the web side is `bot/front/oauth`. Today's
  single token comes from the settings, and `bot/slack/installation` asks Slack to whom it belongs.
"""
