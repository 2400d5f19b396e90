"""Output formats of a release; a module's name is the format's name."""
