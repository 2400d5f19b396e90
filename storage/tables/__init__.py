"""One module a record family: ``insert_…``, ``pending_…``, ``load_…``."""
