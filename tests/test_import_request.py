"""The request of an import: what files are called, and which hands count for which file."""

from pathlib import Path

from planner.district.import_request import ImportRequest, Source
from tests.import_files import POLICY


def test_a_source_is_called_by_its_name_else_by_its_file() -> None:
    assert Source(b"", "上传.xlsx").label == "上传.xlsx"
    assert Source(Path("/a/台账.csv")).label == "台账.csv"
    assert Source(b"").label == ""


def test_a_hand_counts_for_the_file_that_has_the_header_and_the_table_that_has_the_field() -> None:
    request = ImportRequest(policy=POLICY, by_hand={"甲": "floors", "乙": "name", "丙": ""})
    buildings = request.map_headers("buildings", ["甲", "乙", "丙"])
    assert buildings.fields == {"甲": "floors"}
    assert list(buildings.columns["how"]) == ["hand", "", "left_out"]
    assert request.map_headers("compounds", ["乙"]).fields == {"乙": "name"}


def test_memory_is_asked_with_the_table_and_its_headers() -> None:
    asked = []

    def recall(table: str, headers: object) -> dict[str, str]:
        asked.append((table, list(headers)))  # type: ignore[call-overload]
        return {"甲": "name"}

    request = ImportRequest(policy=POLICY, recall=recall)
    assert request.map_headers("compounds", ["甲", "乙"]).fields == {"甲": "name"}
    assert asked == [("compounds", ["甲", "乙"])]
