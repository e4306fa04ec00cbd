"""Files that only their owner can read: keys, tokens, the certificate."""
