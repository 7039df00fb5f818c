"""The doors: how Slack, a browser and Prometheus reach this program.

`web` is the HTTP side with its guard (size, signature, shape), `socket_mode` the other way in; `connections` and
`workers` bound how many are served at once; `payload_shape` says what Slack's payloads look like. New here: OAuth,
outgoing webhooks.
"""
