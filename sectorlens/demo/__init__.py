"""The made-up economy of ``sectorlens demo``: a register, its websites and the truth, all seeded.

How to make another economy:

- Another draw of the same kind: ``make_economy(seed=7)``; bigger or smaller: ``size=1000``. The
  same seed and size give the same bytes on every machine.
- Another mix: the shares stand in `population.py` (sectors, two-sector firms, regions, languages)
  and `world.py` (how many websites are dead, parked, denied, moved …).
- Another activity: add a line to ``texts/activities.toml`` (its sectors and NACE codes) and a
  section of that name to each ``texts/<language>/activities.toml`` (name, items, sentences). In
  sentences ``[this|that]`` is a choice and ``{place}`` a slot; `texts.py` lists the slots.
- Another language: a folder ``texts/<language>/`` with both files, its VAT rule in `identity.py`
  and its share in the regions of `population.py`.
- Another look of websites: a function in `layouts.py`.

Everything is invented: names, places, texts. VAT numbers have valid check digits in number ranges
that are not given out, e-mail addresses end in ``.example``, hosts are loopback addresses.
"""
