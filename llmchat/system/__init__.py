"""This machine: other programs, files to read, and modules to import."""
