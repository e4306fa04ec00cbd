"""The input line: keys, completion, pastes, drafts, history."""
