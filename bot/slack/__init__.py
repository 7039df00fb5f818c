"""Everything that is Slack: names, the one door to the Web API, what payloads mean, how facts look."""
