"""The interactive session: line editing, keys, commands, and the loop."""
