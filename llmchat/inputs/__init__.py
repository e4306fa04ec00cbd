"""What goes into a prompt: words, piped text, files, folders, pages, attachments."""
