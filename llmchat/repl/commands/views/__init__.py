"""What session commands show: the tree, the picker, and the rows of /info and /tokens."""
