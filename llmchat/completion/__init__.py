"""What a TAB and `llmchat completion SHELL` need: values, and the scripts beside the program."""
