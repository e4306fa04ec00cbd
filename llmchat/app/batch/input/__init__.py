"""The input of a batch: its rows, and the questions made from them."""
