"""Plug-in folder: one module a register format; those that have `build(options)`."""
