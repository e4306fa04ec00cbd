"""A damaged history: what can be read is brought into a new one."""
