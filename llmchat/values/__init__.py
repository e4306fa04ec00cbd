"""What the program is about, as values: messages, events, turns, calls, endpoints, secrets."""
