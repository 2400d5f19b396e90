"""The thin app: everything that knows all rooms."""
