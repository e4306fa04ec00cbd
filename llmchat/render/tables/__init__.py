"""Tables outside answers: as a value, as plain columns for a pipe, drawn with Rich on a
terminal."""
