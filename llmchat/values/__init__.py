"""The data types that all layers share: messages, events, turns, calls, endpoints, secrets."""
