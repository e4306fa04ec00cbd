"""Formats that services share: how replies are read, and how schemas, efforts and tools are sent;
no I/O."""
