"""Shows pictures below the answer on terminals that support them."""
