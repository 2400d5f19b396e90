"""Plug-ins: one file an embedder, ``build(options) -> Embedder``; the file's name is its name."""
