"""How GigaChat is signed in to: the key, the tokens that it buys, and other ways."""
