"""Splits growing Markdown into finished pieces; pure, independent of the terminal."""
