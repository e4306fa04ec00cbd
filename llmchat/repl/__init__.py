"""The interactive session: the line that is edited, the keys, the commands, the loop."""
