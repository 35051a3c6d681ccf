"""The work of the commands, from Python."""
