"""What is asked of a row, whatever the format."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.records.frame import Frame

ReadCsv = Callable[..., Frame]


def only_problem(frame: Frame) -> str:
    (fault,) = frame.faults
    return f"{fault.column} {fault.problem}"


def test_every_kind_of_fault_in_one_file_is_told_at_once(read_csv: ReadCsv) -> None:
    frame = read_csv(
        b"unit_id,legal_name,unit_type,nace_code,country,employees,turnover,website\n"
        b"good,Good Ltd,,62.01,BE,1,2,good.example\n"
        b",No id,,,,,,\n"
        b"noname,  ,,,,,,\n"
        b"type,A,branch,,,,,\n"
        b"nace,A,,99.99,,,,\n"
        b"zero,A,,111,,,,\n"
        b"country,A,,,Belgium,,,\n"
        b"staff,A,,,,-1,,\n"
        b"money,A,,,,,1e999,\n"
        b"site,A,,,,,,http://a b.example\n"
        b"all,,x,x,x,x,x,x\n"
        b"bytes,\xff,,,,,,\n"
        b"short,A\n"
        b'quote,"A"A,,,,,,\n'
        b"twice,A,,,,,,\n"
        b"twice,B,,,,,,\n"
    )
    assert [unit.unit_id for unit in frame.units] == ["good"]
    assert [(fault.line, fault.unit_id, fault.column) for fault in frame.faults] == [
        (3, "", "unit_id"),
        (4, "noname", "legal_name"),
        (5, "type", "unit_type"),
        (6, "nace", "nace_code"),
        (7, "zero", "nace_code"),
        (8, "country", "country"),
        (9, "staff", "employees"),
        (10, "money", "turnover"),
        (11, "site", "website"),
        *((12, "all", column) for column in ("legal_name", "unit_type", "nace_code", "country")),
        *((12, "all", column) for column in ("employees", "turnover", "website")),
        (13, "bytes", "legal_name"),
        (14, "short", ""),
        (15, "quote", ""),
        (16, "twice", "unit_id"),
        (17, "twice", "unit_id"),
    ]
    assert frame.n_rows == 16 == len(frame.units) + len(frame.rejected_rows)
    assert "stands on lines 16, 17" in frame.faults[-1].problem
    assert frame.rejected_rows[-1]["legal_name"] == "B"


class TestDuplicates:
    def test_every_row_of_a_group_is_bad_also_where_one_has_other_faults(
        self, read_csv: ReadCsv
    ) -> None:
        frame = read_csv("unit_id,legal_name\nA,x\nB,y\n A ,\nA,z,surplus\n")
        assert [(fault.line, fault.column) for fault in frame.faults] == [
            (2, "unit_id"),
            (4, "legal_name"),
            (4, "unit_id"),
            (5, ""),
            (5, "unit_id"),
        ]
        assert [row["legal_name"] for row in frame.rejected_rows] == ["x", "", "z"]
        assert [unit.unit_id for unit in frame.units] == ["B"]

    def test_a_large_group_is_told_in_short(self, read_csv: ReadCsv) -> None:
        frame = read_csv("unit_id,legal_name\n" + "A,x\n" * 5000)
        assert len(frame.faults) == 5000
        assert frame.faults[0].problem.startswith(
            "stands on lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 …"
        )
        assert "(5000 rows)" in frame.faults[0].problem

    def test_identifiers_differ_by_case_and_leading_zeros(self, read_csv: ReadCsv) -> None:
        frame = read_csv("unit_id,legal_name\na,x\nA,x\n01,x\n1,x\n")
        assert not frame.faults

    def test_an_identifier_with_an_invisible_sign_is_bad(self, read_csv: ReadCsv) -> None:
        problem = only_problem(read_csv("unit_id,legal_name\nA\u200b1,x\n"))
        assert problem == "unit_id 'A\\u200b1' holds a sign that cannot be seen"


class TestValues:
    def test_known_columns_are_read_and_others_kept(self, read_csv: ReadCsv) -> None:
        frame = read_csv(
            "unit_id,legal_name,unit_type,nace_code,region,country,vat_number,employees,line,form\n"
            "1, Firm ,local_unit,J62.01,BE1,be,BE0123,12,7,NV\n"
        )
        (unit,) = frame.units
        assert (unit.unit_id, unit.legal_name, unit.unit_type) == ("1", " Firm ", "local_unit")
        assert (unit.nace_code, unit.nace_section) == ("6201", "J")
        assert (unit.country, unit.vat_number, unit.employees) == ("BE", "BE0123", 12.0)
        assert unit.turnover is None
        assert unit.other == {"line": "7", "form": "NV"}
        assert frame.websites == ()

    def test_a_mapping_renames_and_recodes(self, read_csv: ReadCsv) -> None:
        frame = read_csv(
            "Nr;Naam;Klasse;Land;Vorm;Personeel\n1;Firm;2;België;NV;?\n2;Other;9;;BV;1.234,5\n",
            columns={
                "unit_id": "Nr",
                "legal_name": "Naam",
                "size_class": "Klasse",
                "country": "Land",
                "employees": "Personeel",
            },
            values={
                "size_class": {"2": "10-49"},
                "country": {"België": "BE", "": "XX"},
                "Vorm": {"NV": "public"},
                "employees": {"?": ""},
            },
            decimal=",",
            thousands=".",
        )
        assert [unit.size_class for unit in frame.units] == ["10-49", "9"]
        assert [unit.country for unit in frame.units] == ["BE", "XX"]
        assert [unit.employees for unit in frame.units] == [None, 1234.5]
        assert [unit.other for unit in frame.units] == [{"Vorm": "public"}, {"Vorm": "BV"}]

    def test_a_recoded_name_is_the_recoded_one(self, read_csv: ReadCsv) -> None:
        values = {"legal_name": {"a": "b", "c": ""}}
        frame = read_csv("unit_id,legal_name\n1, a \n2,c\n", values=values)
        assert [unit.legal_name for unit in frame.units] == ["b"]
        assert only_problem(frame).startswith("legal_name is empty")

    @pytest.mark.parametrize(
        ("written", "number"),
        [("", None), ("0", 0.0), ("-0", 0.0), ("+3", 3.0), ("1.50", 1.5), ("1e3", 1000.0)],
    )
    def test_a_number_is_read_or_unknown(
        self, read_csv: ReadCsv, written: str, number: float | None
    ) -> None:
        frame = read_csv(f"unit_id,legal_name,turnover\n1,a,{written}\n")
        assert frame.units[0].turnover == number
        assert str(frame.units[0].turnover) != "-0.0"

    @pytest.mark.parametrize(
        "written",
        ["nan", "inf", "1 000", "1'000", "1.234.5", "1_0", "٣", "0x1", "-", "n/a", "1e", "."],
    )
    def test_what_is_no_number_is_a_fault(self, read_csv: ReadCsv, written: str) -> None:
        frame = read_csv(f"unit_id;legal_name;employees\n1;a;{written}\n")
        assert "is no number" in only_problem(frame)
        assert '"" (unknown) under [values.employees]' in only_problem(frame)

    def test_thousands_are_taken_out_only_between_groups_of_three(self, read_csv: ReadCsv) -> None:
        header = "unit_id;legal_name;turnover\n"
        good = read_csv(header + "1;a;1.234.567,5\n2;b;1234\n", decimal=",", thousands=".")
        assert [unit.turnover for unit in good.units] == [1_234_567.5, 1234.0]
        bad = read_csv(header + "1;a;12.34\n", decimal=",", thousands=".")
        assert "is no number" in only_problem(bad)


class TestWebsites:
    def test_several_are_kept_in_order_and_the_same_one_once(self, read_csv: ReadCsv) -> None:
        frame = read_csv(
            "unit_id,legal_name,website\n"
            "1,a,B.example https://b.example/#x  http://127.0.0.1:8041\n"
            "2,b,b.example\n3,c,n/a\n"
        )
        assert [(site.unit_id, site.website_url, site.scheme_given) for site in frame.websites] == [
            ("1", "https://b.example/", True),
            ("1", "http://127.0.0.1:8041/", True),
            ("2", "https://b.example/", False),
        ]
        assert all(site.declared for site in frame.websites)
        assert len(frame.units) == 3

    def test_a_list_with_commas_is_a_fault_that_tells_the_separator(
        self, read_csv: ReadCsv
    ) -> None:
        frame = read_csv('unit_id,legal_name,website\n1,a,"a.example, b.example"\n')
        assert "several websites are separated by spaces" in only_problem(frame)

    def test_hostile_values_are_shown_harmless_and_short(self, read_csv: ReadCsv) -> None:
        frame = read_csv(f"unit_id,legal_name,website\n1,a,\x1b[31m\u202e{'x' * 500}\n")
        problem = only_problem(frame)
        assert problem.isprintable()
        assert len(problem) < 250


def test_hundreds_of_further_columns_are_kept_as_a_few_are(read_csv: ReadCsv) -> None:
    header = ",".join(f"extra {n}" for n in range(101))
    values = ",".join(f" v{n} " for n in range(101))
    (unit,) = read_csv(f"unit_id,legal_name,{header}\nu,Firm,{values}\n".encode()).units
    assert dict(unit.other) == {f"extra {n}": f"v{n}" for n in range(101)}
