#!/usr/bin/env python3
"""Writes width_table.inc, the ranges of characters that are not one cell wide, from Unicode's own files
(Debian: package unicode-data).  Usage: width_table.py /usr/share/unicode > width_table.inc"""
import pathlib
import sys

LAST = 0x110000
folder = pathlib.Path(sys.argv[1])


def properties(name):
    """Yields (first, last, value) of a file in the format of Unicode's property files."""
    for line in (folder / name).read_text().splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if len(fields) >= 2:
            first, _, last = fields[0].partition("..")
            yield int(first, 16), int(last or first, 16), fields[1]


width = [1] * LAST
# Planes of ideographs are wide also where nothing is assigned yet (UAX 11, note on unassigned code points).
for first, last in (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD):
    width[first:last + 1] = [2] * (last - first + 1)
for first, last, value in properties("EastAsianWidth.txt"):
    if value in ("W", "F"):
        width[first:last + 1] = [2] * (last - first + 1)

opening = None
for line in (folder / "UnicodeData.txt").read_text().splitlines():
    fields = line.split(";")
    code, name, category = int(fields[0], 16), fields[1], fields[2]
    if name.endswith(", First>"):
        opening = code
        continue
    first = opening if name.endswith(", Last>") else code
    opening = None
    if category in ("Mn", "Me", "Cf", "Cc", "Zl", "Zp"):
        width[first:code + 1] = [0] * (code - first + 1)
# Format characters that are drawn: the soft hyphen, and the signs that stand before Arabic and Kaithi numbers.
width[0xAD] = 1
for first, last, value in properties("PropList.txt"):
    if value == "Prepended_Concatenation_Mark":
        width[first:last + 1] = [1] * (last - first + 1)
# Vowels and final consonants of Korean join the consonant before them.
for first, last in (0x1160, 0x11FF), (0xD7B0, 0xD7FB):
    width[first:last + 1] = [0] * (last - first + 1)

ranges = []
for code in range(LAST):
    if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == width[code]:
        ranges[-1][1] = code
    else:
        ranges.append([code, code, width[code]])
version = (folder / "EastAsianWidth.txt").read_text().split("\n")[0].removeprefix("# EastAsianWidth-").removesuffix(".txt")
print(f"// Unicode {version}, written by width_table.py: first, last, cells; characters not listed are one cell wide.")
row = ""
for first, last, cells in ranges:
    if cells == 1:
        continue
    entry = f"{{{first:#x}, {last:#x}, {cells}}},"
    if row and len(row) + 1 + len(entry) > 120:
        print(row)
        row = ""
    row = f"{row} {entry}".lstrip()
print(row)
