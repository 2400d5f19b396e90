"""Titles of economic activities: what ordinary firms do, in several languages."""
