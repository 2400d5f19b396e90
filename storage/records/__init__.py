"""Frozen types that two rooms or more speak of. Standard library only."""
