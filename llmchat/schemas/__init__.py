"""JSON Schemas for answers: reading schemas, finding JSON in an answer, and checking it."""
