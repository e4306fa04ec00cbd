"""What a person does at the terminal beside asking: edit, read on, type a key, say yes."""
