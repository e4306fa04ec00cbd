"""How GigaChat is signed in to: the key, the tokens that it obtains, and other ways."""
