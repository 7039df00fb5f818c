"""What rules do to a team over a month, played in seconds without a database. `nudging`: how often people hear."""
