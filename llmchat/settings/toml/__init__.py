"""config.toml as a text that people edit: read with line numbers, changed in place."""
