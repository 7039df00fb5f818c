"""Everything that is Slack's: names, the only door to the Web API, what payloads mean, and how facts look."""
