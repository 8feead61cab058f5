"""A value put into an INI text where it stands, so that everything else in the file stays: comments, order, spacing."""

from __future__ import annotations

import re

Place = tuple[str, ...]

_HEADER = re.compile(r"\[(.+)\]")
_COMMENTS = ("#", ";")


def put(text: str, place: Place, value: str) -> str:
    """`text` with `value` at `place`, the last name of which is the key; a section that is not there yet is made."""
    section, key = ".".join(place[:-1]), place[-1]
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    pair = f"{key} = {value}".rstrip()
    begins = next((at for at, line in enumerate(lines) if _header(line) == section), None)
    if begins is None:
        gap = "" if not text or text.endswith(end * 2) else end if text.endswith("\n") else end * 2
        return f"{text}{gap}[{section}]{end}{pair}{end}"
    last = begins
    for at in range(begins + 1, len(lines)):
        if _header(lines[at]):
            break
        if _key(lines[at]) == key:
            lines[at] = f"{pair}{_ending(lines[at])}"
            return "".join(lines)
        if lines[at].strip() and not lines[at].lstrip().startswith(_COMMENTS):
            last = at
    if not _ending(lines[last]):
        lines[last] += end
    lines.insert(last + 1, f"{pair}{end}")
    return "".join(lines)


def written(value: object) -> str:
    """As a person would write it behind the equals sign."""
    return ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value)


def _header(line: str) -> str:
    found = _HEADER.match(line.strip().removeprefix("\ufeff"))
    return found[1] if found else ""


def _key(line: str) -> str:
    bare = line.strip()
    return "" if bare.startswith(_COMMENTS) or "=" not in bare else bare.partition("=")[0].strip()


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
