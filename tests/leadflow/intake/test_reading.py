"""Reading files of leads: every good row arrives with its line, every bad one is rejected with a reason."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.errors import InvalidInput
from leadflow.intake.reading import STDIN, FileFormat, read_rows
from leadflow.intake.rows import Reject, Row


def read(text: str | bytes, format: FileFormat = FileFormat.AUTO) -> list[Row | Reject]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_rows(io.BytesIO(data), format))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_all_kinds(delimiter: str, mark: bytes, end: str) -> None:
    lines = [
        delimiter.join(fields)
        for fields in (
            ["First Name", "E-mail"],
            ["Zoë", "z@x.example"],
            [
                "",
                "",
            ],
        )
    ]
    rows = read(mark + end.join(lines).encode())
    assert rows == [
        Row(2, {"First Name": "Zoë", "E-mail": "z@x.example"}),
        Row(3, {"First Name": "", "E-mail": ""}),
    ]


def test_csv_lines_are_counted_through_blank_lines_and_quoted_breaks() -> None:
    rows = read('\n"Name, full",Notes\n\nAda,"one\ntwo"\nBob,"say ""hi"""\n')
    assert rows == [
        Row(4, {"Name, full": "Ada", "Notes": "one\ntwo"}),
        Row(6, {"Name, full": "Bob", "Notes": 'say "hi"'}),
    ]


def test_bad_csv_lines_are_rejected_and_reading_goes_on() -> None:
    rows = read(b'a,b\n1\n1,2,3\n"x"y,2\nM\xfcller,2\nlast,row\n')
    assert [(row.line, type(row).__name__) for row in rows] == [
        (2, "Reject"), (3, "Reject"), (4, "Reject"), (5, "Reject"), (6, "Row"),
    ]  # fmt: skip
    reasons = [row.reason for row in rows if isinstance(row, Reject)]
    assert reasons[0] == "has 1 fields where the header has 2; check delimiters and quotes"
    assert reasons[1].startswith("has 3 fields")
    assert reasons[2].startswith("not CSV")
    assert reasons[3] == "is not UTF-8 (byte 0xFC at character 2); save the file as UTF-8"
    assert [row.text for row in rows if isinstance(row, Reject)] == ["1", "1,2,3", '"x"y,2', "M\\xfcller,2"]


def test_a_quote_that_never_closes_is_one_reject_at_its_line() -> None:
    (good, bad) = read('a,b\n1,2\n"3,4\n5,6\n')
    assert good == Row(2, {"a": "1", "b": "2"})
    assert isinstance(bad, Reject)
    assert (bad.line, bad.text) == (3, '"3,4\n5,6')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b,a\n1,2,3\n", "line 1: the header names 'a' twice"),
        (b"a,M\xfcller\n", "line 1: the header is not UTF-8"),
        (b'"a"b,c\n', "line 1: the header is not CSV"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b'{"a": \n', "not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_at_all(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read(data)


def test_columns_without_a_name_get_one() -> None:
    assert read("a,,\n1,2,3\n") == [Row(2, {"a": "1", "column 2": "2", "column 3": "3"})]


def test_json_lines() -> None:
    rows = read('{"a": 1}\n\n{"b": [1, {"c": null}]}\n[1]\n{"a": \n{"a": "\xff"}\n')
    assert rows[:2] == [Row(1, {"a": 1}), Row(3, {"b": [1, {"c": None}]})]
    assert [(row.line, row.reason[:16]) for row in rows[2:4] if isinstance(row, Reject)] == [
        (4, "is not an object"), (5, "not JSON: Expect"),
    ]  # fmt: skip
    assert rows[4] == Row(6, {"a": "\xff"})
    (_, foreign) = read(b'{"a": 1}\n{"a": "\xff"}\n')
    assert isinstance(foreign, Reject)
    assert "byte 0xFF" in foreign.reason


def test_json_that_is_too_deep_or_too_long_for_python_is_rejected() -> None:
    deep = "[" * 100_000
    rows = read(f'{{"a": 1}}\n{deep}\n{{"a": {"9" * 5000}}}\n{{"a": 2}}\n', FileFormat.JSONL)
    assert [type(row).__name__ for row in rows] == ["Row", "Reject", "Reject", "Row"]


def test_json_lists_keep_their_lines() -> None:
    rows = read('[\n  {"a": 1},\n  {"a":\n   2}, 3,\n  {"a": 4}\n]')
    assert rows[:2] == [Row(2, {"a": 1}), Row(3, {"a": 2})]
    assert isinstance(rows[2], Reject) and rows[2].line == 4
    assert rows[3] == Row(5, {"a": 4})
    assert read("[]") == []


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": }]', '[{"a": 1}', '[{"a": 1} {"a": 2}]', '[{"a": 1},'])
def test_a_json_list_that_breaks_off_gives_what_stands_before(text: str) -> None:
    row, reject = read(text)
    assert row == Row(1, {"a": 1})
    assert isinstance(reject, Reject)


def test_one_json_object_and_an_odata_answer() -> None:
    assert read('{\n "a": 1\n}') == [Row(1, {"a": 1})]
    assert read('{"a": 1}') == [Row(1, {"a": 1})]
    assert read('\n{\n"value": [{"a": 1}, {"a": 2}]}') == [Row(2, {"a": 1}), Row(2, {"a": 2})]


@pytest.mark.parametrize(
    ("name", "content", "values"),
    [
        ("leads.CSV", "a;b\n1;2\n", {"a": "1", "b": "2"}),
        ("leads.tsv", "a\tb\n1\t2\n", {"a": "1", "b": "2"}),
        ("leads.jsonl", '{"a": 1}\n', {"a": 1}),
        ("leads.json", '{"a": 1}\n', {"a": 1}),
        ("leads.dat", '{"a": 1}\n', {"a": 1}),
    ],
)
def test_the_suffix_names_the_format(tmp_path: Path, name: str, content: str, values: dict[str, object]) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert [row.values for row in read_rows(path)] == [values]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.csv: No such file"):
        list(read_rows(tmp_path / "nowhere.csv"))


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\n1\n")))
    assert list(read_rows(STDIN)) == [Row(2, {"a": "1"})]


@pytest.mark.parametrize("record", [b"1,2\n", b'{"a": 1}\n'])
def test_reading_streams(record: bytes) -> None:
    class Endless(io.BytesIO):
        def __iter__(self) -> Iterator[bytes]:
            yield b"a,b\n" if record.startswith(b"1") else record
            while True:
                yield record

    rows = read_rows(Endless())
    assert [next(rows).line for _ in range(3)] in ([2, 3, 4], [1, 2, 3])


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(records=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), delimiter=st.sampled_from(",;\t|"))
def test_what_was_written_as_csv_is_read_again(records: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *records])
    rows = read(text.getvalue(), FileFormat.CSV)
    assert [list(row.values.values()) for row in rows] == records


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | cells,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(cells, inner, max_size=3),
    max_leaves=5,
)


@given(records=st.lists(st.dictionaries(cells, values, max_size=4), max_size=6))
def test_what_was_written_as_json_is_read_again(records: list[dict[str, object]]) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    assert read(lines, FileFormat.JSONL) == [Row(line, record) for line, record in enumerate(records, 1)]
    assert [row.values for row in read(json.dumps(records, indent=1), FileFormat.JSON)] == records


@given(data=st.binary(max_size=200), format=st.sampled_from(FileFormat))
def test_no_bytes_raise_anything_else(data: bytes, format: FileFormat) -> None:
    try:
        rows = read(data, format)
    except InvalidInput:
        return
    assert all(row.line >= 1 for row in rows)
