"""Tools and calls in OpenAI's format, and calls of earlier turns."""
