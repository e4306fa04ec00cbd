"""Draws pieces as coloured rows on a terminal."""
