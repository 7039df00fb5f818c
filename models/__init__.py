"""What a handoff is: rules, tables, operations, numbers. Knows nothing of Slack."""
