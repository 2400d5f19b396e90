"""Names and texts that stand in SQL because they cannot be parameters of it."""


def quoted_name(name: str) -> str:
    """Return a name of a table or column as SQL has it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Return a text as SQL has it, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
