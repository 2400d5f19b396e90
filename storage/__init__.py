"""Keep: the contract between the rooms, and the only room that names DuckDB."""
