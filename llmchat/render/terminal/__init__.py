"""Pieces as coloured rows on a terminal."""
