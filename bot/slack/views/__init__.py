"""How facts look in Slack. Pure functions: facts in, blocks out."""
