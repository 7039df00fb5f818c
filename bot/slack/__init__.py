"""What is Slack's, between its payloads and the facts of `models/`.

In: `parse` makes requests of payloads, `orders` reads what people type after a command, `quicktext` a lead in one
line, `amounts` money, `mentions` and `incoming` what is in a message, and `callers` finds out who asks. Out: `views`
make blocks from facts, `text` escapes and cuts, and `gateway` is the only door to the Web API, over `connections` that
are kept. Both: `moves` says which button makes which move, `inputs` which fields its form has, and `fields` where a
lead's fields stand. `ids` has every name that Slack and Baton share, `metadata` what a message of Baton carries unseen,
and `installation` to whom the token belongs.
"""
