"""The schema, step by step: ``0001_frame.sql`` and on, each applied once, in a transaction."""
