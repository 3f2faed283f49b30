"""Cutting a TrueType face down to some characters: the bytes of its glyphs are copied, nothing is decoded.

A font library decodes all 30,000 glyphs of a Chinese face to keep 400 of them; copying takes a hundredth of the time.
Hinting, layout features and names of glyphs are left out. A variable face keeps its variations (gvar, fvar, avar).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

_COPIED = ("OS/2", "fvar", "avar", "name")
_WORDS, _SCALE, _MORE, _XY_SCALE, _TWO_BY_TWO = 0x0001, 0x0008, 0x0020, 0x0040, 0x0080
"""Flags of a part of a composite glyph."""


@dataclass(frozen=True)
class Face:
    """A TrueType file: its tables by name."""

    tables: Mapping[str, bytes]

    @cached_property
    def glyphs(self) -> dict[int, int]:
        """Code point -> number of its glyph (the cmap of format 12; others hold no more)."""
        data = self.tables["cmap"]
        (count,) = struct.unpack_from(">H", data, 2)
        starts = {struct.unpack_from(">I", data, 8 + 8 * n)[0] for n in range(count)}
        start = next(s for s in sorted(starts) if struct.unpack_from(">H", data, s)[0] == 12)
        (groups,) = struct.unpack_from(">I", data, start + 12)
        rows = np.frombuffer(data, ">u4", 3 * groups, start + 16).reshape(-1, 3).tolist()
        return {code: first + code - low for low, high, first in rows for code in range(low, high + 1)}

    @cached_property
    def units(self) -> int:
        """Units of an em."""
        return int(struct.unpack_from(">H", self.tables["head"], 18)[0])

    @cached_property
    def metrics(self) -> npt.NDArray[np.int64]:
        """Advance and left side of every glyph."""
        (wide,) = struct.unpack_from(">H", self.tables["hhea"], 34)
        (count,) = struct.unpack_from(">H", self.tables["maxp"], 4)
        data = self.tables["hmtx"]
        found = np.frombuffer(data, ">u2", 2 * wide).astype(np.int64).reshape(-1, 2)
        rest = np.frombuffer(data, ">u2", count - wide, 4 * wide).astype(np.int64)
        return np.vstack([found, np.column_stack([np.full(len(rest), found[-1, 0]), rest])])

    @cached_property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where each glyph begins in glyf, and where the last one ends."""
        (long,) = struct.unpack_from(">h", self.tables["head"], 50)
        kind, step = (">u4", 1) if long else (">u2", 2)
        return np.frombuffer(self.tables["loca"], kind).astype(np.int64) * step

    def glyph(self, number: int) -> bytes:
        """Return the outline of a glyph as it stands in the file; empty for a blank."""
        return self.tables["glyf"][self.offsets[number] : self.offsets[number + 1]]


def read_face(content: bytes) -> Face:
    """Return the tables of a TrueType file."""
    (count,) = struct.unpack_from(">H", content, 4)
    found = {}
    for n in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", content, 12 + 16 * n)
        found[tag.decode("ascii").strip()] = content[offset : offset + length]
    return Face(found)


def advances(face: Face) -> dict[int, float]:
    """Return code point -> advance in em."""
    wide = (face.metrics[:, 0] / face.units).tolist()
    return {code: wide[number] for code, number in face.glyphs.items()}


def cut(face: Face, codes: Iterable[int]) -> bytes:
    """Return a file with the glyphs of these code points and what they are composed of; unknown codes are left out."""
    wanted = {code: face.glyphs[code] for code in sorted(set(codes)) if code in face.glyphs}
    kept = _with_parts(face, [0, *sorted(set(wanted.values()) - {0})])
    numbers = {old: new for new, old in enumerate(kept)}
    outlines = [_renumbered(face.glyph(old), numbers) for old in kept]
    tables = {name: face.tables[name] for name in _COPIED if name in face.tables}
    if "gvar" in face.tables:
        tables["gvar"] = _variations(face.tables["gvar"], kept)
    padded = [part + b"\0" * (-len(part) % 4) for part in outlines]
    tables["glyf"] = b"".join(padded) or b"\0"
    tables["loca"] = np.cumsum([0, *map(len, padded)]).astype(">u4").tobytes()
    tables["hmtx"] = face.metrics[kept].astype(">u2").tobytes()
    tables["cmap"] = _character_map({code: numbers[old] for code, old in wanted.items()})
    tables["head"] = _patched(face.tables["head"], (8, ">I", 0), (50, ">h", 1))
    tables["hhea"] = _patched(face.tables["hhea"], (34, ">H", len(kept)))
    tables["maxp"] = _patched(face.tables["maxp"], (4, ">H", len(kept)))
    tables["post"] = struct.pack(">I", 0x00030000) + face.tables["post"][4:32]
    return _file(tables)


def _with_parts(face: Face, kept: list[int]) -> list[int]:
    """The glyphs and, behind them, those that composite ones refer to."""
    found = list(kept)
    for old in found:
        found += [part for part in dict.fromkeys(part for _, part in _parts(face.glyph(old))) if part not in found]
    return found


def _parts(outline: bytes) -> list[tuple[int, int]]:
    """Where in a composite glyph its parts are named, and which they are; empty for a simple glyph."""
    if len(outline) < 10 or struct.unpack_from(">h", outline)[0] >= 0:
        return []
    at, found = 10, []
    while True:
        flags, part = struct.unpack_from(">HH", outline, at)
        found.append((at + 2, part))
        at += 4 + (4 if flags & _WORDS else 2)
        at += 2 if flags & _SCALE else 4 if flags & _XY_SCALE else 8 if flags & _TWO_BY_TWO else 0
        if not flags & _MORE:
            return found


def _renumbered(outline: bytes, numbers: Mapping[int, int]) -> bytes:
    return _patched(outline, *((at, ">H", numbers[part]) for at, part in _parts(outline)))


def _patched(data: bytes, *changes: tuple[int, str, int]) -> bytes:
    if not changes:
        return data
    copy = bytearray(data)
    for at, kind, value in changes:
        struct.pack_into(kind, copy, at, value)
    return bytes(copy)


def _variations(data: bytes, kept: Sequence[int]) -> bytes:
    """The gvar of these glyphs, with long offsets."""
    axes, shared, shared_at, count, flags, first = struct.unpack_from(">HHIHHI", data, 4)
    kind, step = (">u4", 1) if flags & 1 else (">u2", 2)
    ends = np.frombuffer(data, kind, count + 1, 20).astype(np.int64) * step + first
    parts = [data[ends[old] : ends[old + 1]] for old in kept]
    parts = [part + b"\0" * (-len(part) % 4) for part in parts]
    offsets = np.cumsum([0, *map(len, parts)]).astype(">u4").tobytes()
    tuples = data[shared_at : shared_at + 2 * axes * shared]
    start = 20 + len(offsets)
    head = data[:4] + struct.pack(">HHIHHI", axes, shared, start, len(kept), 1, start + len(tuples))
    return head + offsets + tuples + b"".join(parts)


def _character_map(numbers: Mapping[int, int]) -> bytes:
    groups = b"".join(struct.pack(">III", code, code, numbers[code]) for code in sorted(numbers))
    table = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(groups) // 12) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _file(tables: Mapping[str, bytes]) -> bytes:
    names = sorted(tables)
    power = 1 << (len(names).bit_length() - 1)
    head = struct.pack(">IHHHH", 0x00010000, len(names), power * 16, power.bit_length() - 1, (len(names) - power) * 16)
    at, records, bodies = 12 + 16 * len(names), [], []
    for name in names:
        body = tables[name] + b"\0" * (-len(tables[name]) % 4)
        records.append(struct.pack(">4sIII", name.ljust(4).encode(), _checksum(body), at, len(tables[name])))
        bodies.append(body)
        at += len(body)
    whole = head + b"".join(records) + b"".join(bodies)
    place = next(struct.unpack_from(">I", records[n], 8)[0] for n, name in enumerate(names) if name == "head")
    return _patched(whole, (place + 8, ">I", (0xB1B0AFBA - _checksum(whole)) & 0xFFFFFFFF))


def _checksum(data: bytes) -> int:
    return int(np.frombuffer(data, ">u4").astype(np.uint64).sum() & 0xFFFFFFFF)
