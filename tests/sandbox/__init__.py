"""The sandbox against Slack's own libraries: it answers, delivers and refuses as Slack does."""
