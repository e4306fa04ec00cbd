"""JSON Schemas for answers: reading them, finding JSON in an answer, checking it."""
