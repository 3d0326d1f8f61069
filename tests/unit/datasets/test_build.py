"""The Parquet files can be made again from the sources, to the byte."""

import gzip

import pytest
from pyarrow import parquet

from scorecard import datasets
from scorecard.datasets.build import german_table, main, taiwan_table, write
from scorecard.errors import DataError

TAIWAN_HEADER = ",".join(f"C{number}" for number in range(25))
TAIWAN_LINE = "1,20000,2,0,3,24,2,2,-1,-1,-2,-2,3913,3102,689,0,0,0,0,689,0,0,0,0,1"
GERMAN_LINE = "A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 2"


def test_a_line_of_the_taiwan_source_becomes_names_and_words(tmp_path):
    source = tmp_path / "taiwan.csv"
    source.write_text(f"\ufeff{TAIWAN_HEADER}\n{TAIWAN_LINE}\n", encoding="utf-8")
    row = taiwan_table(source).to_pylist()[0]
    assert (row["education"], row["marriage"], row["status_m5"], row["bill_ntd_m0"]) == ("undocumented 0", "others", -2, 3913)


def test_a_compressed_source_gives_the_same_table(tmp_path):
    text = f"{TAIWAN_HEADER}\n{TAIWAN_LINE}\n".encode()
    (tmp_path / "taiwan.csv").write_bytes(text)
    (tmp_path / "taiwan.csv.gz").write_bytes(gzip.compress(text))
    assert taiwan_table(tmp_path / "taiwan.csv.gz").equals(taiwan_table(tmp_path / "taiwan.csv"))


def test_a_line_of_the_german_source_becomes_names_and_words(tmp_path):
    source = tmp_path / "german.data"
    source.write_text(GERMAN_LINE + "\n")
    row = german_table(source).to_pylist()[0]
    assert (row["application"], row["checking_account"], row["amount_dm"], row["bad"]) == (1, "below 0 DM", 1169, 1)


def test_a_line_with_a_field_too_few_is_refused_by_number(tmp_path):
    source = tmp_path / "german.data"
    source.write_text(f"{GERMAN_LINE}\nA11 6\n")
    with pytest.raises(DataError, match=r"german\.data has 2 fields in data row 2, expected 21"):
        german_table(source)


def test_text_in_a_column_of_numbers_is_refused(tmp_path):
    source = tmp_path / "german.data"
    source.write_text(GERMAN_LINE.replace("1169", "much"))
    with pytest.raises(DataError, match="much"):
        german_table(source)


def test_a_table_is_written_to_the_same_bytes_twice(tmp_path):
    table = parquet.read_table(datasets.path("german"))
    assert write(table, tmp_path / "one").read_bytes() == write(table, tmp_path / "two").read_bytes()


def test_the_bundled_tables_are_those_of_the_sources(tmp_path, taiwan_source, german_source):
    main([str(taiwan_source), str(german_source), str(tmp_path)])
    for name in ("taiwan", "german"):
        assert parquet.read_table(tmp_path / f"{name}.parquet").equals(parquet.read_table(datasets.path(name)))
