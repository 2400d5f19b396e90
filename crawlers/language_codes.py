"""Languages as they stand in addresses (data)."""

from __future__ import annotations

# And the country codes that stand for one there.
_CODES = """
    ar at be bg br bs ca ch cn cs cz da de dk ee el en es et eu fi fr ga gb gl gr he hr hu is it
    ja jp ko kr lt lv mt nl no pl pt ro ru se si sk sl sq sr sv tr ua uk us vi zh
    af az bn eo fa gd hi hy id ka kk lb mk mn ms sw ta th ur uz
"""
LANGUAGES = frozenset(_CODES.split())
