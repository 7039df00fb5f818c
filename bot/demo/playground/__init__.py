"""The sandbox in the browser: a Slack to play in, with the real bot in it.

Everything here goes through the sandbox's own door, so that what the page shows is what the protocol did. Of Baton it
knows what Slack knows, the app's manifest, and what an operator can look at, the database (`bot.demo.books`).
"""
