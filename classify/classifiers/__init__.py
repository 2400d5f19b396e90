"""Plug-ins: ways to learn a sector's decision; a file's name is the plug-in's name."""
