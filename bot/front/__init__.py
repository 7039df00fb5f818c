"""The doors: how Slack, a browser and Prometheus reach this program.

`web` is the HTTP side with its guard (size, signature, shape), and `socket_mode` is the other way in. `connections` and
`workers` limit how many are served at once, and `notices` tells people what they did beside the answer to Slack.
`payload_shape` says what Slack's payloads look like.

New code that belongs here:
- OAuth: the web side is `bot/front/oauth`; the tokens are in `models/workspace/`.
- Incoming webhooks: `bot/front/webhooks`. (Outgoing ones are no door: `models/exchange/` decides what is sent and to
  whom, and `jobs/webhooks` sends it.)
"""
