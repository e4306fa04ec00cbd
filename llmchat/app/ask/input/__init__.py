"""What is asked: words, piped text, files, pages, templates, instructions, an earlier
conversation."""
