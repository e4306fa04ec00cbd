"""Shell completion: the values offered for a TAB, and the scripts installed with the program."""
