"""Telemetry: what Prometheus reads, in one place. What managers read is in `models/reports/`.

`requests` and `jobs` count. `gauges` asks the database about its present state. `security` counts and logs attempts to
do what is not allowed.
"""
