"""How facts look in Slack: pure functions, facts in, blocks out."""
