"""The built-in provider: offline, deterministic, for trying things and measuring."""
