"""Renders answers, tables and messages: plain, JSON, or drawn on a terminal."""
