"""A survey of the demo district as it comes back from the field: GB18030, thirty kinds of mistakes, and good cells.

Each line is a kind: what is wrong with it and the rule by which the reader says so ("" where it is no fault at all).
"""

from __future__ import annotations

HEADER = (
    "小区编码,小区名称,社区,户数（户）,监控路数,建成年代（最早）,物业状态,小区党支部,同意户数,"
    "调查日期,调查人,备注,联系电话,天气,管护责任主体,管护文件"
)
TITLE = "湖滨街道老旧小区现场调查表（2026年11月）"
DAY = "2026-11-10"

KINDS: tuple[tuple[str, str, str], ...] = (
    ("a number in full-width digits", "", f"YH0001,,,,１６,,,,,{DAY},王,,,"),
    ("about so many", "", f"YH0002,,,约570户,,,,,,{DAY},王,,,"),
    ("thousands with a comma", "", f'YH0056,,,,,,,,"1,050",{DAY},王,,,'),
    ("a word of the list in other words", "", f"YH0004,,,,,,没有物业,,,{DAY},王,,,"),
    ("a mark that clears", "", f"YH0005,,,,,,,,#清空,{DAY},王,,,"),
    ("a date that knows its month only", "", "YH0006,,,,,,,是,,2026年11月,王,,,"),
    ("found by name and community", "", f",团结二区,建设社区,,45,,,,,{DAY},王,,,"),
    ("a range", "survey.cell.range", f"YH0009,,,120-130,,,,,,{DAY},王,,,"),
    ("a number in words", "survey.cell.numeral", f"YH0010,,,一百二十,,,,,,{DAY},王,,,,社区,管护承诺书"),
    ("a fraction of a household", "survey.cell.integer", f"YH0011,,,12.5,,,,,,{DAY},王,,,"),
    ("beyond the hard range", "survey.cell.hard_limit", f"YH0012,,,,9999,,,,,{DAY},王,,,"),
    ("yes where a count is asked", "survey.cell.number", f"YH0013,,,,有,,,,,{DAY},王,,,"),
    ("neither yes nor no", "survey.cell.bool", f"YH0014,,,,,,,也许,,{DAY},王,,,"),
    ("not in the list", "survey.cell.choice", f"YH0015,,,,,,看情况,,,{DAY},王,,,"),
    ("a year before 1900", "survey.cell.hard_limit", f"YH0016,,,,,1819,,,,{DAY},王,,,"),
    ("a word for unknown", "survey.cell.unknown_word", f"YH0017,,,不详,,,,是,,{DAY},王,,,"),
    ("a phone number in a note", "V26", f"YH0018,,,,,,,,,{DAY},王,找13812345678开门,,"),
    ("a formula", "survey.formula", f"YH0019,,,,,,,,,{DAY},王,=1+1,,"),
    ("day or month first", "survey.date", "YH0020,,,,20,,,,,1/5/2026,王,,,"),
    ("a date to come", "survey.date", "YH0021,,,,20,,,,,2031-01-01,王,,,"),
    ("a date before 1949", "survey.date", "YH0022,,,,20,,,,,1931-01-01,王,,,"),
    ("twice the same", "survey.repeated", f"YH0023,,,,,,,是,,{DAY},王,,,\nYH0023,,,,,,,是,,{DAY},王,,,"),
    ("twice and not the same", "survey.contradicting", f"YH0024,,,,,,,是,,{DAY},王,,,\nYH0024,,,,,,,否,,{DAY},李,,,"),
    ("a code that the ledger does not have", "survey.unknown_id", f"YH9999,团结南里,建设社区,88,,,,,,{DAY},王,,,"),
    ("a name that the ledger does not have", "survey.no_match", f",无名新院,无名社区,60,,,,,,{DAY},王,,,"),
    ("a code that Excel destroyed", "survey.id_destroyed", f"3.70203E+17,,,50,,,,,,{DAY},王,,,"),
    ("code and name of two compounds", "survey.key_name", f"YH0025,新华一区,望湖社区,50,,,,,,{DAY},王,,,"),
    ("neither code nor name", "survey.no_key_cell", f",,,50,,,,,,{DAY},王,,,"),
    ("two cells too many", "survey.width", f"YH0026,,,1,250,,,,,,{DAY},王,,,,,,尾"),
    ("cut off", "survey.width", "YH0027,,,50"),
    ("a change that is too large", "survey.held.large", f"YH0007,,,9000,,,,,,{DAY},王,,,"),
    ("older than the ledger", "survey.held.stale", "YH0041,,,,,,无,,,2019-05-01,王,,,"),
    ("a sum", "read.total", "合计,,,12345,,,,,,,,,,"),
    ("a blank line", "", ",,,,,,,,,,,,,"),
)
"""What is the matter, the rule that says so, and the line (or two) of the file."""


CHANGES = 11
"""Cells that go in before any decision; two more wait (YH0007 households, YH0041 property_status)."""
ENTERS = "YH0010"
"""The compound that becomes 可列入: its number of households is not used, its custodian is."""


def messy_file() -> bytes:
    """Return the file, in GB18030, with a title, the line ends of Windows, a phone column and one that nobody reads."""
    columns = HEADER.count(",")
    lines = [TITLE + "," * columns, HEADER]
    for _, rule, text in KINDS:
        lines += [line if rule == "survey.width" else _padded(line, columns) for line in text.split("\n")]
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")


def _padded(line: str, commas: int) -> str:
    quoted = line.count('"') // 2  # each quoted number here holds one comma of its own
    return line + "," * (commas - line.count(",") + quoted)
