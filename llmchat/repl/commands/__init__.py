"""The /commands of the session, one file per subject; `table` lists them all."""
