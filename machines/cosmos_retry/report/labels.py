"""Labels: words above the marks of a lane, one for several marks where each cannot have its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

CHARACTER = 6.4  # the width of a letter, where nothing else is said
MOST_LETTERS = 30
_GAP = 5.0
_MOST_RUNS = 8


@attrs.frozen
class Label:
    """Some words and the place of their middle."""

    x: float
    text: str


@attrs.define
class _Cluster:
    """Neighbouring marks that share a label: from where to where they stand, and what they say, as runs."""

    first: float
    last: float
    count: int
    runs: list[tuple[str, int]]
    character: float

    def join(self, other: _Cluster) -> None:
        """Take in the cluster to the right."""
        self.last = other.last
        self.count += other.count
        for text, times in other.runs:
            if self.runs[-1][0] == text:
                self.runs[-1] = (text, self.runs[-1][1] + times)
            elif len(self.runs) <= _MOST_RUNS:
                self.runs.append((text, times))

    @property
    def word(self) -> str:
        """The outcome where all are the same, else ""."""
        return self.runs[0][0] if len(self.runs) == 1 else ""

    @property
    def text(self) -> str:
        """The outcomes in order, or how many attempts they are, or the beginning of a long word."""
        text = ", ".join(f"{text} ×{times}" if times > 1 else text for text, times in self.runs)
        if len(text) <= MOST_LETTERS and len(self.runs) <= _MOST_RUNS:
            return text
        return f"{self.count} attempts" if self.count > 1 else text[: MOST_LETTERS - 1] + "…"

    def span(self, low: float, high: float) -> tuple[float, float]:
        """The left and the right end of the label, kept between `low` and `high`."""
        half = len(self.text) * self.character / 2
        middle = min(max((self.first + self.last) / 2, low + half), high - half)
        return middle - half, middle + half


def place_labels(
    marks: Sequence[tuple[float, str]], low: float, high: float, character: float = CHARACTER
) -> Iterator[Label]:
    """Yield labels that do not overlap for marks given from left to right, all between `low` and `high`.

    `character` is the width of a letter.
    """
    clusters: list[_Cluster] = []
    for x, text in marks:
        clusters.append(_Cluster(x, x, 1, [(text, 1)], character))
        while len(clusters) > 1 and clusters[-2].span(low, high)[1] + _GAP > clusters[-1].span(low, high)[0]:
            right = clusters.pop()
            clusters[-1].join(right)
    for cluster in _equal_ones_joined(clusters):
        left, right_end = cluster.span(low, high)
        yield Label(round((left + right_end) / 2, 1), cluster.text)


def _equal_ones_joined(clusters: Sequence[_Cluster]) -> Iterator[_Cluster]:
    """Yield the clusters; of those side by side that say nothing but one and the same word, one."""
    last: _Cluster | None = None
    for cluster in clusters:
        crowded = last is not None and min(last.count, cluster.count) > 1
        if last is not None and crowded and last.word == cluster.word != "":
            last.join(cluster)
            continue
        if last is not None:
            yield last
        last = cluster
    if last is not None:
        yield last
