"""Findings: what a document says differently from the register that was made for it.

The register knows places and digests, no words.  So the two sequences of digests are aligned first, which
tells identical words at different places apart by what stands around them; only then is a place compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

import attrs

from cosmos_retry.documents import Segment

Kind = Literal["moved", "changed", "vanished", "unregistered", "unreadable", "absent"]
EXCERPT = 60


@attrs.frozen
class Passage:
    """A piece of a document that a clause was made for: the clause, its place, and its digest there."""

    clause: str
    where: str
    digest: str

    @property
    def document(self) -> str:
        """The document's number, as `002`."""
        return self.where[:3]


@attrs.frozen
class Finding:
    """One difference, or what could not be compared.

    `kind` is `moved` (the words stand at `found`, no longer at `where` or no longer in that order),
    `changed` (`where` now holds the words in `text`), `vanished` (the words are nowhere in the file),
    `unregistered` (`found` holds words that no clause was made for), `unreadable`, or `absent`, which is
    the one kind that is no fault.  `line` counts the lines of `file` from 1; 0 where there is none.
    """

    kind: Kind
    file: str
    clause: str = ""
    where: str = ""
    found: str = ""
    line: int = 0
    text: str = ""

    def __str__(self) -> str:
        """One line of ASCII for a person."""
        at = f"{self.file}:{self.line}" if self.line else self.file
        text = self.text if len(self.text) <= EXCERPT else self.text[:EXCERPT].rstrip() + "..."
        match self.kind:
            case "moved":
                how = f"{self.where} -> {self.found}"
                if self.where == self.found:
                    how = f"{self.where}, in another order"
                return f"{at}: moved: {self.clause}: {how}"
            case "changed":
                place = self.where if self.where == self.found else f"{self.where}, at {self.found}"
                return f"{at}: changed: {self.clause}: {place} now holds {text!a}"
            case "vanished":
                return f"{at}: vanished: {self.clause}: {self.where}"
            case "unregistered":
                return f"{at}: unregistered: {self.found}: no clause for {text!a}"
            case "unreadable" | "absent":
                return f"{at}: {self.kind}: {self.text}"


class Comparison:
    """One file held against the passages of its document.

    Made in three steps, so that words which went to another document can be told from words that are gone:
    making it pairs equal words within the file, `claim` lets another comparison take words that are left
    over here, and `differences` names the rest.
    """

    def __init__(self, file: str, passages: Sequence[Passage], segments: Sequence[Segment]) -> None:
        self._file = file
        self._passages = passages
        self._segments = segments
        self._findings: list[tuple[int, Finding]] = []
        ours, theirs = [p.digest for p in passages], [s.digest for s in segments]
        self._blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        self._missing = set(range(len(passages)))
        self._extra = set(range(len(segments)))
        for tag, i, end, j, _ in self._blocks:
            if tag == "equal":
                for step in range(end - i):
                    self._pair(i + step, j + step)
        for i in sorted(self._missing):
            same = [j for j in self._extra if theirs[j] == ours[i]]
            if same:
                self._pair(i, min(same, key=lambda j: abs(j - i)), in_order=False)

    def _pair(self, i: int, j: int, in_order: bool = True) -> None:
        passage, segment = self._passages[i], self._segments[j]
        self._missing.remove(i)
        self._extra.remove(j)
        if passage.where != segment.place or not in_order:
            self._note(i, "moved", self._file, segment)

    def _note(self, i: int, kind: Kind, file: str, segment: Segment | None) -> None:
        passage = self._passages[i]
        found = (segment.place, segment.line, segment.text) if segment else ("", 0, "")
        self._findings.append((i, Finding(kind, file, passage.clause, passage.where, *found)))

    def claim(self, other: Comparison) -> None:
        """Find words that are missing here among what is left over in `other`, a different document."""
        for i in sorted(self._missing):
            for j in sorted(other._extra):
                if self._passages[i].digest == other._segments[j].digest:
                    self._missing.remove(i)
                    other._extra.remove(j)
                    self._note(i, "moved", other._file, other._segments[j])
                    break

    def differences(self) -> list[Finding]:
        """Return every finding in this file: the register's clauses in order, then what is unregistered."""
        for i, j in self._changed():
            self._missing.remove(i)
            self._extra.remove(j)
            self._note(i, "changed", self._file, self._segments[j])
        for i in sorted(self._missing):
            self._note(i, "vanished", self._file, None)
        unregistered = [
            Finding("unregistered", self._file, found=s.place, line=s.line, text=s.text)
            for s in (self._segments[j] for j in sorted(self._extra))
        ]
        self._missing, self._extra = set(), set()
        return [finding for _, finding in sorted(self._findings, key=lambda noted: noted[0])] + unregistered

    def _changed(self) -> Iterator[tuple[int, int]]:
        """Pairs of a passage and the other words now there: at its place, or alone in the same gap."""
        places = {self._segments[j].place: j for j in self._extra}
        paired = {
            i: places[self._passages[i].where] for i in self._missing if self._passages[i].where in places
        }
        for _, i, i_end, j, j_end in self._blocks:
            rest = [n for n in range(i, i_end) if n in self._missing and n not in paired]
            free = [n for n in range(j, j_end) if n in self._extra and n not in paired.values()]
            if len(rest) == len(free):
                paired.update(zip(rest, free, strict=True))
        yield from sorted(paired.items())
