"""What Baton costs: `run` measures, `limit` and `bare` are compared with it, and `targets` says what is wanted."""
