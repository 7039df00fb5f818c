"""Reports: what managers read. `numbers` counts a week in SQL and says what each number counts. `digest` sees to it
that it is told once. `inspection` answers programs that look on. New here: goals, what-if, replay.
"""
