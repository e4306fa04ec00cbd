"""What is asked: words, pipes, files, pages, templates, instructions, an earlier conversation."""
