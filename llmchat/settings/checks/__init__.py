"""What is wrong with the settings: unknown keys and types in a file, misspelt variables."""
