"""A damaged history.db: what can be read is copied into a new one."""
