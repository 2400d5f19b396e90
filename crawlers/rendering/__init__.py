"""Pages that scripts make, rendered by a browser that never opens a connection itself."""
