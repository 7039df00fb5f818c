"""What people do and see, through the doors that they use: the real program, with the sandbox as Slack. `world` puts
both together, and `processes` starts the program as its users do."""
