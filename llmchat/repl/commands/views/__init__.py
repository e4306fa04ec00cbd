"""What commands of the session draw: the tree, the picker, rows of /info and /tokens."""
