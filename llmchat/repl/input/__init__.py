"""The line that is edited: keys, completion, pastes, drafts, history."""
