"""What `make demo` and `make demo-week` share: the bot as a process of its own and a folder for it, what it has written
down of leads, and the week that is played. The page is in `playground`.

Of ours this imports only the sandbox and the app's manifest: what it shows of Baton it learns as anybody would.
"""
