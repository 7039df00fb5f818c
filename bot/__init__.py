"""The program. `__main__` is the command line, `app` puts the parts together, and `settings`, `logs`, `manifest`,
`doctor` and `facts` (what other programs may ask) serve them.

`front` has the doors, `slack` what is Slack's, `telemetry` what Prometheus reads. `demo` and `sandbox` are for playing
and for tests: the bot needs neither.
"""
