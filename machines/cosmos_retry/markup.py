"""Markup: the text of a document without its tags, its emphasis marks and its list markers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

MARKER = re.compile(r"\A[-*]\s+")

_LISTS = {"ul", "ol"}
_INLINE = {"a", "b", "code", "em", "i", "span", "strong", "sub", "sup"}


class Pieces(HTMLParser):
    """The text between tags, each piece with the number of lists open around it.

    What looks like a tag and is none of HTML's (a placeholder in angle brackets) stays in the text.
    """

    def __init__(self, html: str, cut_at_break: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[int, str]] = []
        self._cuts = {"li", "p", "br"} if cut_at_break else {"li", "p"}
        self._depth = 0
        self._text = ""
        # A comment or a declaration is no markup of these documents; half of one would stop the parser.
        self.feed(html.replace("<!", "&lt;!").replace("<?", "&lt;?"))
        self.close()
        self._cut()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """A list or a list item begins, a line breaks, or something else in angle brackets stands there."""
        if tag in _LISTS:
            self._cut()
            self._depth += 1
        elif not self._known(tag):
            self._text += self.get_starttag_text() or ""

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """A tag that closes itself counts once, as a break does."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """A list or a list item ends; `</br>` is a break like any other."""
        if tag in _LISTS:
            self._cut()
            self._depth = max(0, self._depth - 1)
        elif not self._known(tag):
            self._text += f"</{tag}>"

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self._text += data

    def set_cdata_mode(self, *_: Any, **__: Any) -> None:
        """Read on as usual: a script or a style would swallow the text up to its end tag."""

    def _known(self, tag: str) -> bool:
        if tag in self._cuts:
            self._cut()
        elif tag == "br":
            self._text += " "
        return tag in self._cuts or tag == "br" or tag in _INLINE

    def _cut(self) -> None:
        text = " ".join(MARKER.sub("", self._text.strip().replace("**", "")).split())
        if text:
            self.pieces.append((self._depth, text.casefold()))
        self._text = ""


def normalise(text: str) -> str:
    """Return a piece of a document's text as it is digested.

    Tags, emphasis marks and a leading list marker go, entities are decoded, white space is collapsed, and
    case is folded.  Text that differs only in these gives the same digest.
    """
    return " ".join(piece for _, piece in Pieces(text, cut_at_break=False).pieces)
