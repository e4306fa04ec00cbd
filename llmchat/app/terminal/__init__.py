"""Terminal dialogues other than asking: editor, pager, key input, confirmation."""
