"""Terminal dialogues: editor, pager, clipboard, key input, consent."""
