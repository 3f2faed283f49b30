"""The decoder: encodings proved, binary files named, nothing replaced."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planner.district.decoder import decode
from planner.errors import InputError

SIMPLIFIED = "小区名称,户数,备注\n幸福路28号院,108,无物业管理服务\n"
TRADITIONAL = "小區名稱,戶數,備註\n幸福里宿舍,80,無物業管理\n"


@pytest.mark.parametrize(
    ("text", "codec", "encoding", "evidence"),
    [
        (SIMPLIFIED, "utf-8", "UTF-8", "strict_utf8"),
        (SIMPLIFIED, "utf-8-sig", "UTF-8 (BOM)", "bom"),
        (SIMPLIFIED, "gbk", "GB18030", "common_characters"),
        (TRADITIONAL, "gb18030", "GB18030", "common_characters"),
        (TRADITIONAL, "big5", "Big5", "common_characters"),
        (SIMPLIFIED, "utf-16-le", "UTF-16-LE", "nul_pattern"),
        (SIMPLIFIED, "utf-16-be", "UTF-16-BE", "nul_pattern"),
        ("id,households\nA1,80\n", "ascii", "UTF-8", "ascii"),
        ("", "ascii", "UTF-8", "ascii"),
    ],
)
def test_every_office_encoding_gives_the_same_text(text: str, codec: str, encoding: str, evidence: str) -> None:
    found = decode(text.encode(codec))
    assert (found.text, found.encoding, found.evidence) == (text, encoding, evidence)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_order_marks(codec: str) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    mark |= {"utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE}
    assert decode(mark[codec] + SIMPLIFIED.encode(codec)).text == SIMPLIFIED


def test_a_told_encoding_settles_it() -> None:
    data = "café,1\n".encode("cp1252")
    with pytest.raises(InputError, match="--encoding"):
        decode(data)
    assert decode(data, "cp1252").text == "café,1\n"
    assert decode("幸福".encode("gb18030"), "gbk").encoding == "GB18030"
    assert decode(b"\xef\xbb\xbf" + "幸福".encode(), "utf-8").text == "幸福"


def test_near_scores_ask() -> None:
    rare = "镋钯".encode("gb18030")
    assert rare.decode("cp950") != ""
    with pytest.raises(InputError, match=r"无法确定文字编码.*--encoding"):
        decode(rare, file="街道.csv")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04\x14\x00", "压缩包或Office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "旧版Office"),
        (b"\x89PNG\r\n\x1a\n", "图片"),
        (b"SQLite format 3\x00", "GeoPackage"),
        (b"PAR1....", "Parquet"),
        (b"a,b\n1,\0\n", "第2行含有二进制内容"),
        (bytes(range(1, 32)) * 40, "二进制"),
        (SIMPLIFIED.encode()[:-2], "不完整"),
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        decode(data, file="台账.csv")
    assert "台账.csv" in str(caught.value)
    assert len(caught.value.problems) == 1


def test_unknown_or_wrong_encodings_are_refused() -> None:
    with pytest.raises(InputError, match="klingon"):
        decode(b"abc", "klingon")
    with pytest.raises(InputError, match="第1个字节"):
        decode(b"\xff\xfe\xfd", "utf-8")
    with pytest.raises(InputError):
        decode(b"abc", "base64")


@pytest.mark.needs_shared
def test_both_encodings_of_the_real_ledger_are_one_text(shared) -> None:
    folder = shared / "real_district"
    plain = decode((folder / "real_compounds.csv").read_bytes())
    other = decode((folder / "real_compounds_gb18030.csv").read_bytes())
    assert plain.text == other.text
    assert (plain.encoding, other.encoding) == ("UTF-8 (BOM)", "GB18030")


@given(st.binary(max_size=400))
@example(b"\0\0")
@example(b"\xff\xfe")
@example(b"\xff\xfe\0\0")
def test_any_bytes_give_text_or_a_refusal(data: bytes) -> None:
    try:
        found = decode(data)
    except InputError:
        return
    assert "\0" not in found.text


@given(st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=60))
def test_utf8_text_comes_back_as_it_is(text: str) -> None:
    assert decode(text.encode("utf-8-sig")).text == text
