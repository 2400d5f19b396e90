"""Disclosure control: what may not be told, and what would give it away.

`protect` marks the unsafe cells of a table and those that must be hidden with them; `attack` works
out, with no code in common but the reading of the table, what an outsider can still infer.
"""

from experimental_stats.disclosure.attacker import attack
from experimental_stats.disclosure.protection import protect

__all__ = ["attack", "protect"]
