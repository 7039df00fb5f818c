"""Telemetry: what Prometheus reads, in one place. What managers read is `models/reports/`.

`requests` and `jobs` count, `gauges` asks the database how things stand, `security` counts and logs what somebody tried
who may not.
"""
