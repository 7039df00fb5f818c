"""The jobs of the clock. Each asks the database what is due, and does it. `schedule` says how often.

`deliver` sends the outbox: in `lanes`, not while people want `quiet`, with messages that `compose` makes. `roster` asks
about people, `audit` looks for what is missing, and `unknown_leads` for those that a restored backup does not know.

New code that belongs here: outgoing webhooks, sent by `webhooks`; what they say is decided in `models/exchange/`.
"""
