"""The doors: how Slack, a browser and Prometheus reach this program.

`web` is the HTTP side with its guard (size, signature, shape), and `socket_mode` is the other way in. `connections` and
`workers` limit how many are served at once. `payload_shape` says what Slack's payloads look like. New ways in, such as
OAuth and outgoing webhooks, belong here.
"""
