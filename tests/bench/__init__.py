"""What Baton costs: `run` measures, `limit` and `bare` are what it is compared with, and `targets` says what is wanted."""
