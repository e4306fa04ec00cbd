"""The input of a batch: its rows, and what is asked for each."""
