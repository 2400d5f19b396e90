"""Registers as CSV: lines as an editor counts them, and nothing guessed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.frame import csv_register
from storage.errors import InvalidInput
from storage.records.frame import Frame

ReadCsv = Callable[..., Frame]
HEADER = "unit_id,legal_name\n"


def faults(frame: Frame) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.unit_id, fault.column) for fault in frame.faults]


def names(frame: Frame) -> list[str]:
    return [unit.legal_name for unit in frame.units]


class TestText:
    def test_a_byte_order_mark_is_no_part_of_the_first_name(self, read_csv: ReadCsv) -> None:
        frame = read_csv(b"\xef\xbb\xbf" + HEADER.encode() + "1,Müller\n".encode())
        assert names(frame) == ["Müller"]

    def test_a_row_that_is_not_utf_8_is_bad_and_the_others_are_good(
        self, read_csv: ReadCsv
    ) -> None:
        frame = read_csv(HEADER.encode() + b"1,Good\n2,M\xfcller\n3,\xc3\xbc\n")
        assert faults(frame) == [(3, "2", "legal_name")]
        assert "cp1252" in frame.faults[0].problem
        assert names(frame) == ["Good", "ü"]
        assert frame.rejected_rows[0]["legal_name"] == "M\ufffdller"

    def test_the_replacement_character_itself_is_a_letter_like_others(
        self, read_csv: ReadCsv
    ) -> None:
        assert names(read_csv(HEADER + "1,a\ufffdb\n")) == ["a\ufffdb"]

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-8"])
    def test_a_mapping_names_another_encoding(self, read_csv: ReadCsv, encoding: str) -> None:
        frame = read_csv((HEADER + '1,"Ünal, €"\n').encode(encoding), encoding=encoding)
        assert names(frame) == ["Ünal, €"]

    def test_a_byte_that_the_named_encoding_lacks_makes_its_row_bad(
        self, read_csv: ReadCsv
    ) -> None:
        frame = read_csv(HEADER.encode() + b"1,\x81\n2,b\n", encoding="cp1252")
        assert faults(frame) == [(2, "1", "legal_name")]

    def test_a_broken_pair_in_a_multi_byte_encoding_costs_one_row(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER.encode() + b"1,\x81\n2,\x83\x65\n", encoding="shift_jis")
        assert faults(frame) == [(2, "1", "legal_name")]
        assert names(frame) == ["テ"]

    def test_a_nul_byte_makes_its_row_bad(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER + "1,a\x00b\n2,c\n")
        assert faults(frame) == [(2, "1", "legal_name")]
        assert "NUL" in frame.faults[0].problem

    def test_hostile_text_is_kept_as_registered(self, read_csv: ReadCsv) -> None:
        hostile = "=HYPERLINK(1)<script>\u202e\u200b "
        assert names(read_csv(HEADER + f"1,{hostile}\n")) == [hostile]


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_are_those_of_the_file_whatever_ends_them(
        self, read_csv: ReadCsv, end: str
    ) -> None:
        rows = ["unit_id,legal_name", '1,"two', 'lines"', "", "2,", '3,"a ""b"", c"', "4,"]
        frame = read_csv(end.join(rows))
        assert faults(frame) == [(5, "2", "legal_name"), (7, "4", "legal_name")]
        assert names(frame) == [f"two{end}lines", 'a "b", c']

    def test_a_header_over_two_lines_is_counted_too(self, read_csv: ReadCsv) -> None:
        frame = read_csv('unit_id,legal_name,"two\nlines"\n1,,x\n2,a,y\n')
        assert faults(frame) == [(3, "1", "legal_name")]
        assert frame.units[0].other == {"two lines": "y"}

    def test_blank_lines_are_no_rows(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER + "\n1,a\n\n\n2,b\n\n")
        assert frame.n_rows == 2
        assert names(frame) == ["a", "b"]

    def test_too_many_and_too_few_fields_are_bad_rows(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER + "1,a,b,c\n2\n3,d\n")
        assert faults(frame) == [(2, "1", ""), (3, "2", "")]
        assert "has 4 fields where the header has 2" in frame.faults[0].problem
        assert frame.rejected_rows[0]["(further fields)"] == "b | c"
        assert names(frame) == ["d"]

    def test_a_quote_that_is_never_closed_costs_one_row(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER + '1,a\n2,"open\n3,c\n4,"d, e"\n5,"last\n')
        assert faults(frame) == [(3, "2", ""), (6, "5", "")]
        assert names(frame) == ["a", "c", "d, e"]
        assert frame.rejected_rows[0] == {
            "line": "3",
            "reason": frame.faults[0].problem,
            "unit_id": "2",
            "legal_name": '"open',
        }

    def test_a_quote_inside_a_quoted_field_costs_one_row(self, read_csv: ReadCsv) -> None:
        frame = read_csv(HEADER + '1,"the "big" one"\n2,b\n')
        assert faults(frame) == [(2, "1", "")]
        assert "doubled" in frame.faults[0].problem

    def test_very_long_fields_and_lines_are_bad_rows_and_not_kept(self, read_csv: ReadCsv) -> None:
        endless = "x" * (csv_register.LONGEST_LINE + 10)
        frame = read_csv(HEADER + f"1,{'x' * 131_073}\n2,b\n3,{endless}\n4,d\n5,{'y' * 131_072}\n")
        assert faults(frame) == [(2, "1", ""), (4, "3", "")]
        assert "131072" in frame.faults[0].problem
        assert "more than 4000000 characters" in frame.faults[1].problem
        assert [unit.unit_id for unit in frame.units] == ["2", "4", "5"]
        assert max(len(value) for row in frame.rejected_rows for value in row.values()) < 70_000

    def test_an_overlong_line_inside_an_open_quote_is_still_its_own_fault(
        self, read_csv: ReadCsv
    ) -> None:
        endless = "x" * (csv_register.LONGEST_LINE + 10)
        frame = read_csv(HEADER + f'1,"a\n{endless}\n3,c\n')
        assert [line for line, _, _ in faults(frame)] == [2, 3]
        assert names(frame) == ["c"]

    @given(
        st.lists(
            st.tuples(
                st.booleans(), st.text(st.sampled_from('ab",;\n\r '), min_size=1, max_size=9)
            ),
            max_size=12,
        )
    )
    def test_every_row_is_found_on_the_line_where_a_writer_put_it(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[bool, str]]
    ) -> None:
        path = tmp_path_factory.mktemp("register") / "r.csv"
        target = io.StringIO(newline="")
        writer = csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["unit_id", "legal_name"])
        expected, good = [], []
        for number, (is_good, text) in enumerate(rows):
            lines_before = len(io.StringIO(target.getvalue(), newline="").readlines())
            writer.writerow([f"u{number}" if is_good else "", f"x{text}"])
            if is_good:
                good.append(f"x{text}")
            else:
                expected.append((lines_before + 1, "", "unit_id"))
        path.write_text(target.getvalue(), encoding="utf-8", newline="")
        frame = csv_register.build({}).read(path, None, classification="NACE_R2")
        assert faults(frame) == expected
        assert names(frame) == good
        assert frame.n_rows == len(rows)


class TestDelimiter:
    @pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found_in_the_header(self, read_csv: ReadCsv, sign: str) -> None:
        frame = read_csv(f'unit_id{sign}legal_name{sign}"a,b;c|d"\n1{sign}x{sign}y\n')
        assert frame.units[0].other == {"a,b;c|d": "y"}

    def test_the_mapping_decides_where_it_names_one(self, read_csv: ReadCsv) -> None:
        frame = read_csv("unit_id^legal_name^a;b\n1^x^y\n", delimiter="^")
        assert frame.units[0].other == {"a;b": "y"}

    def test_the_required_columns_decide_between_two_candidates(self, read_csv: ReadCsv) -> None:
        frame = read_csv("unit_id|legal_name|a,b,c,d,e\n1|x|y\n")
        assert frame.units[0].other == {"a,b,c,d,e": "y"}


class TestFilesThatAreNoRegister:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "is empty"),
            (b"\n\n", "blank"),
            (b"   \nunit_id,legal_name\n", "blank"),
            (b"\xef\xbb\xbfsep=;\r\nunit_id;legal_name\r\n1;a\r\n", "a note to spreadsheets"),
            (b'"sep=,"\nunit_id,legal_name\n1,a\n', "a note to spreadsheets"),
            (b"PK\x03\x04rest", "workbook"),
            (b"\x1f\x8b\x08rest", "gzip"),
            (b"PAR1rest", "it is Parquet"),
            ("unit_id,legal_name\n".encode("utf-16"), "UTF-16"),
            (b"unit_id,legal_n\xe4me\n1,a\n", "is not UTF-8"),
            (b"\x00\x01\x02" * 40, "line 1 is no header"),
            (b"x" * 70_000, "line 1 is no header"),
            (b'"unit_id,legal_name\n1,a\n', "a quote is wrong"),
            (b'"unit"id,legal_name\n1,a\n', "a quote is wrong"),
        ],
    )
    def test_the_fault_is_named(self, read_csv: ReadCsv, content: bytes, told: str) -> None:
        with pytest.raises(InvalidInput, match=told) as fault:
            read_csv(content)
        assert fault.value.advice

    def test_missing_files_directories_and_devices_are_named(self, tmp_path: Path) -> None:
        reader = csv_register.build({})
        for path, told in [
            (tmp_path / "absent.csv", "No such file"),
            (tmp_path, "is a directory"),
            (Path("/dev/zero"), "no ordinary file"),
        ]:
            with pytest.raises(InvalidInput, match=told):
                reader.read(path, None, classification="NACE_R2")

    def test_a_file_without_the_right_to_read_is_named(self, tmp_path: Path) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        path = tmp_path / "r.csv"
        path.write_text(HEADER)
        path.chmod(0)
        with pytest.raises(InvalidInput, match="Permission denied"):
            csv_register.build({}).read(path, None, classification="NACE_R2")

    def test_missing_columns_are_told_with_what_was_found_and_the_mend(
        self, read_csv: ReadCsv
    ) -> None:
        with pytest.raises(InvalidInput) as told:
            read_csv("ID;Firm\n1;a\n")
        (detail,) = told.value.details
        assert detail == "required but not there: unit_id, legal_name; found: 'ID', 'Firm'"
        assert "--mapping" in told.value.advice

    def test_all_faults_of_the_columns_are_told_together(self, read_csv: ReadCsv) -> None:
        with pytest.raises(InvalidInput) as told:
            read_csv(
                "unit_id,unit_id,,na\u202eme,region\n",
                columns={"legal_name": "Firm", "region": "na\u202eme"},
                values={"size_class": {"1": "2"}, "legal_name": {"a": "b"}},
            )
        together = "\n".join(told.value.details)
        assert "column 3 has no name" in together
        assert "'unit_id' stands more than once" in together
        assert "'na\\u202eme' holds a sign that cannot be seen" in together
        assert "takes legal_name from 'Firm', but there is no such column" in together
        assert "but there is a column region too" in together
        assert "recodes [values.size_class], but there is no such column" in together
        assert len(told.value.details) == 6

    def test_options_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match="takes no options"):
            csv_register.build({"delimiter": ";"})
