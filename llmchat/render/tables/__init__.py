"""Tables outside answers: a value, plain columns for a pipe, Rich on a terminal."""
