"""What `make demo` and `make demo-week` share: the bot as a process of its own, a folder for it, its records of leads,
and the week that people play. The page is in `playground`.

Of our own code this imports only the sandbox and the app's manifest. It learns about Baton in ways that are open to
anybody.
"""
