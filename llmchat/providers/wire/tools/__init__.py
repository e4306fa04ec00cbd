"""How tools and their calls are spelled in OpenAI's language, and calls of earlier turns."""
