"""MCP servers: their connections, lists and results; the SDK is loaded only here."""
