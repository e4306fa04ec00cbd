"""Signing in to GigaChat: the key, the access tokens requested with it, and other credentials."""
