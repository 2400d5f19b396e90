"""Sector definitions that ship: one TOML file a sector; the file's name is the sector's code."""
