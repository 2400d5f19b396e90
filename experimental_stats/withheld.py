"""Why a sector is not in a release: the reasons, as readers and operators are told them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.errors import NotReady, QualityError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOT_CLASSIFIED, _ONLY_RANKED = "not_classified", "only_ranked"
_TOO_FEW, _NOT_PROTECTABLE = "too_few", "not_protectable"
# Reasons why a sector is withheld: code -> (sentence, the command that mends it or empty).
WITHHELD = {
    _NOT_CLASSIFIED: ("has not been classified in this wave", "sectorlens classify run"),
    _ONLY_RANKED: (
        "is only ranked by its definition: no model has been trained for it",
        "",
    ),
    "no_audit": ("has no audit", "sectorlens audit draw"),
    "audit_open": ("has an audit that is not fully answered", "sectorlens audit import"),
    "audit_disagreed": (
        "has an audit on which coders differ: a row with the coder `adjudicated` settles each unit",
        "sectorlens audit import",
    ),
    "audit_empty": ("has an audit in which nobody could tell of any unit", "sectorlens audit draw"),
    "audit_narrow": (
        "has an audit without an answer beyond the scores of most units: nothing tells how many of"
        " them are active",
        "sectorlens audit draw",
    ),
    _TOO_FEW: ("has a total that rests on too few units to be told: a larger audit may help", ""),
    _NOT_PROTECTABLE: ("has figures for few companies that its total would give away", ""),
}


def why_withheld(sector: str, code: str) -> str:
    """Return the reason as a sentence on the sector."""
    return f"{sector} {WITHHELD[code][0]}"


def refuse_release(wave: str, withheld: Mapping[str, str]) -> None:
    """Say that no sector may be published.

    Where a command would bring one sector into a release, that is what is missing, whatever is
    said of the others. Sectors that nobody classified in the wave are awaited only where none was
    classified: who asks for one sector is told of that one.

    Args:
        wave: Wave name.
        withheld: Sector -> code of the reason.

    Raises:
        NotReady: An earlier step is missing.
        QualityError: Steps alone would not do.
    """
    told = [_with_command(name, code) for name, code in withheld.items()]
    codes = list(dict.fromkeys(withheld.values()))
    awaited = [code for code in codes if code != _NOT_CLASSIFIED] or codes
    commands = [WITHHELD[code][1] for code in awaited if WITHHELD[code][1]]
    if not withheld:
        raise NotReady("There is no sector to publish", "Define one under sectors/.")
    if commands:
        steps = ", ".join(f"`{command}`" for command in dict.fromkeys(commands))
        raise NotReady(
            f"No sector of wave {wave!r} can be published yet", f"Run first: {steps}.", told
        )
    raise QualityError(f"No sector of wave {wave!r} may be published", _advice(codes), told)


def _advice(codes: Sequence[str]) -> str:
    """Return what may help against reasons that no command mends."""
    advice = []
    if _ONLY_RANKED in codes:
        advice.append(
            "A total needs a model (`sectorlens label import`, `sectorlens model train`) and an"
            " audit."
        )
    if {_TOO_FEW, _NOT_PROTECTABLE} & {*codes}:
        advice.append(
            "Figures on a handful of companies are not told: fewer breakdowns in `[estimate]"
            " domains`, a wider sector or a larger population may help."
        )
    return " ".join(advice)


def _with_command(sector: str, code: str) -> str:
    command = WITHHELD[code][1] or ("sectorlens model train" if code == _ONLY_RANKED else "")
    if not command:
        return why_withheld(sector, code)
    of = "FILE" if command.endswith("import") else f"--sector {sector}"
    return f"{why_withheld(sector, code)} (`{command} {of}`)"
