"""Run a command with the network unplugged: `python -m tools.unplugged COMMAND …`."""
