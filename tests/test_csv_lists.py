"""Lists that a spreadsheet saved: read, or refused with the row and the encoding."""

import numpy as np
import pytest

import tiny_datasets as tiny
from sambench.data.csv_list import read_csv_list
from sambench.errors import InputError
from tiny_datasets import build_inventory

HEADER = "case,patient,split,group,image,mask"


def abcs(root, rows, encoding="utf-8"):
    for number in range(len(rows)):
        for kind, array in (("im", tiny.volume()), ("ma", tiny.label())):
            (root / kind).mkdir(exist_ok=True)
            tiny.write_nifti(root / kind / f"c{number}.nii.gz", array)
    text = "\r\n".join([HEADER, *rows]) + "\r\n"
    (root / "cases.csv").write_bytes(text.encode(encoding))


def row(number, patient="p", slash="/"):
    image, mask = (f"{kind}{slash}c{number}.nii.gz" for kind in ("im", "ma"))
    return f"c{number},{patient}{number},train,t1,{image},{mask}"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "UTF-16 text"),
        ("cp1252", "bytes in line 3 that are not UTF-8"),
    ],
)
def test_another_encoding_is_named(tmp_path, encoding, found):
    abcs(tmp_path, [row(0), row(1, "Müller")], encoding)
    with pytest.raises(InputError, match=found) as caught:
        build_inventory("abcs", tmp_path)
    assert caught.value.where == str(tmp_path / "cases.csv")
    assert "UTF-8" in caught.value.expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_blank_rows_semicolons_and_slashes_of_windows_are_understood(
    tmp_path, encoding
):
    abcs(tmp_path, [row(0), row(1, slash="\\"), ",,,,,", ""], encoding)
    assert len(build_inventory("abcs", tmp_path)) == 2
    path = tmp_path / "cases.csv"
    path.write_bytes(path.read_bytes().replace(b",", b";"))
    assert len(build_inventory("abcs", tmp_path)) == 2


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("c9", "row 3 without patient, split, group, image, mask"),
        (row(1) + ",more", r"row 3 with a value more \('more'\)"),
        ("c9,p9,train,t1,,ma/c0.nii.gz", "a row of case 'c9' without image"),
    ],
)
def test_a_row_of_another_length_is_named(tmp_path, line, found):
    abcs(tmp_path, [row(0), line])
    with pytest.raises(InputError, match=found):
        build_inventory("abcs", tmp_path)


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("image,mask,image\na,b,c\n")
    with pytest.raises(InputError, match="each column once"):
        read_csv_list(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(InputError, match="found no line"):
        read_csv_list(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text('image,mask\n"a,b\n')
    with pytest.raises(InputError, match="no CSV"):
        read_csv_list(tmp_path / "a.csv")


def test_the_lists_of_photographs_may_come_from_windows(tmp_path):
    tiny.riga(tmp_path)
    expected = build_inventory("riga_plus", tmp_path)
    for path in tmp_path.glob("*.csv"):
        path.write_text(path.read_text().replace("/", "\\"))
    found = build_inventory("riga_plus", tmp_path)
    assert np.array_equal(found["image"], expected["image"])
    listed = next(tmp_path.glob("*.csv"))
    listed.write_bytes(listed.read_text().encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16 text"):
        build_inventory("riga_plus", tmp_path)
