"""Mapping files, and everything that can be wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.frame.mapping import KNOWN_COLUMNS, RegisterMapping, load_mapping
from storage.errors import InvalidInput


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_mapping_says_names_codes_encoding_and_signs(tmp_path: Path) -> None:
    mapping = load_mapping(
        written(
            tmp_path,
            'encoding = "cp1252"\ndelimiter = ";"\ndecimal = ","\nthousands = "."\n'
            '[columns]\nlegal_name = "Firma"\n[values.size_class]\n1 = "0-9"\n"2" = "10-49"\n',
        )
    )
    assert mapping.columns == {"legal_name": "Firma"}
    assert mapping.values == {"size_class": {"1": "0-9", "2": "10-49"}}
    assert (mapping.encoding, mapping.delimiter) == ("cp1252", ";")
    assert (mapping.decimal, mapping.thousands) == (",", ".")


def test_an_empty_mapping_says_nothing(tmp_path: Path) -> None:
    assert load_mapping(written(tmp_path, "")) == RegisterMapping()


def test_all_faults_of_a_mapping_are_told_together(tmp_path: Path) -> None:
    text = (
        'encoding = "klingon"\ndelimiter = "ab"\ndecimal = "x"\nextra = 1\n'
        '[columns]\nlegal_name = 5\nunit_id = ""\n[values.size_class]\n1 = 2\n'
    )
    with pytest.raises(InvalidInput, match=r"mapping\.toml has 7 fault") as told:
        load_mapping(written(tmp_path, text))
    together = "\n".join(told.value.details)
    for part in ("encoding", "klingon", "delimiter", "decimal", "extra", "columns.legal_name"):
        assert part in together
    assert "columns.unit_id" in together
    assert "values.size_class.1" in together
    assert "[columns] with contract name = register name" in told.value.advice


def test_names_that_the_contract_does_not_know_are_refused(tmp_path: Path) -> None:
    text = 'decimal = ","\nthousands = ","\n[columns]\nwebsites = "URL"\nnace_section = "S"\n'
    with pytest.raises(InvalidInput) as told:
        load_mapping(written(tmp_path, text))
    (detail,) = told.value.details
    assert "websites is no column" in detail
    assert "nace_section is no column" in detail
    assert "same sign" in detail
    assert all(name in detail for name in KNOWN_COLUMNS)


@pytest.mark.parametrize(
    "name", ["base64", "rot13", "idna", "unicode_escape", "undefined", "zlib", "\x00", "utf-9"]
)
def test_what_is_no_text_encoding_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no text encoding"):
        RegisterMapping.model_validate({"encoding": name})


@pytest.mark.parametrize("sign", ["", '"', "\n", "a", "ab", "\x00"])
def test_what_is_no_delimiter_is_refused(sign: str) -> None:
    with pytest.raises(ValueError, match="delimiter is one sign"):
        RegisterMapping.model_validate({"delimiter": sign})


@pytest.mark.parametrize(
    "content", [b"[columns", b"\xff\xfe", b"a = 1\na = 2", b"unit_id,name\n1,2"]
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="is not TOML"):
        load_mapping(written(tmp_path, content))


def test_a_missing_mapping_or_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        load_mapping(tmp_path / "absent.toml")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_mapping(tmp_path)


def test_a_register_given_as_a_mapping_is_not_read_whole(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="too large for a mapping"):
        load_mapping(written(tmp_path, b"x" * 10_000_001))
