"""Files that only their owner may read: keys, tokens, the certificate."""
