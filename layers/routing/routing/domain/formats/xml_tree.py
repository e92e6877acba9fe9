"""XML as dealers and vendors send it: strictly, and where that fails tolerantly. No entities, no DTD, bounded depth."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from routing.domain.formats.media import Media, codec, decoded
from routing.domain.formats.post import Unreadable

MAX_DEPTH = 32
"""Of elements: what is deeper is text of the one at this depth."""
_DECLARED = re.compile(rb"""\A[^>]{0,200}\bencoding\s{0,9}=\s{0,9}["']([\w.-]{1,40})["']""", re.IGNORECASE)
_FIRST_ELEMENT = re.compile(r"<[A-Za-z_]")
_NAME = re.compile(r"[A-Za-z_][\w.:-]*")
_OPEN = re.compile(r"""<([A-Za-z_][\w.:-]*+)((?:"[^"<]*+"|'[^'<]*+'|[^<>"'])*+)>""")
_CLOSE = re.compile(r"</\s*+([A-Za-z_][\w.:-]*+)[^<>]*+>?")
_ATTRIBUTE = re.compile(r"""(?<![\w.:-])([\w.:-]{1,100})\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_CHARACTER = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_EMPTY_IN_HTML = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})
"""Of HTML in a comment: between them a line ends."""
_INLINE = frozenset({"a", "b", "em", "font", "i", "small", "span", "strong", "u"})


@dataclass(slots=True)
class Node:
    """An element: its name and attributes in lower case, without their namespaces."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list["Node | str"] = field(default_factory=list)

    @property
    def children(self) -> list["Node"]:
        return [each for each in self.content if isinstance(each, Node)]

    def all(self, name: str) -> list["Node"]:
        """The children of a name."""
        return [each for each in self.children if each.name == name]

    def first(self, name: str) -> "Node | None":
        return next(iter(self.all(name)), None)

    def within(self) -> Iterator["Node"]:
        """Every element below, in the document's order."""
        for each in self.children:
            yield each
            yield from each.within()

    @property
    def text(self) -> str:
        """All the text within, as it reads: blanks collapsed, a line for each that HTML breaks."""
        lines = "".join(_pieces(self)).split("\n")
        return "\n".join(line for each in lines if (line := " ".join(each.split())))


def _pieces(node: Node) -> Iterator[str]:
    for each in node.content:
        if isinstance(each, str):
            yield each.replace("\n", " ")
        else:
            end = "\n" if each.name in _BREAKS else "" if each.name in _INLINE else " "
            yield end
            yield from _pieces(each)
            yield end


@dataclass(frozen=True, slots=True)
class Tree:
    """A document. is_repaired: it is no XML, or too deep: read as far as it goes. is_other: it was not in UTF-8."""

    root: Node
    is_repaired: bool
    is_other: bool


class _Builder:
    """Makes nodes of what a parser meets. Whatever is outside of elements is the root's, which has no name.

    names: how many elements of each are open. is_cut: some were too deep to be kept as such.
    """

    def __init__(self) -> None:
        self.root = Node("")
        self.open = [self.root]
        self.names: Counter[str] = Counter()
        self.is_cut = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node(_local(name), {_local(each): value.strip() for each, value in attributes.items()})
        if len(self.open) > MAX_DEPTH:
            self.is_cut = True
            self.data(" ")
        else:
            self.open[-1].content.append(node)
        self.open.append(node)
        self.names[node.name] += 1

    def end(self, _name: str) -> str:
        """The name of what ends."""
        ended = self.open.pop().name
        self.names[ended] -= 1
        if len(self.open) > MAX_DEPTH:
            self.data(" ")
        return ended

    def data(self, text: str) -> None:
        self.open[min(len(self.open) - 1, MAX_DEPTH)].content.append(text)

    def close(self) -> "_Builder":
        return self


def parse(raw: bytes, media: Media, leaves: frozenset[str]) -> Tree:
    """The document in a body. leaves: elements that hold no others: one left open ends where another begins.

    Raises Unreadable: 400 for one that declares entities, or has no element at all.
    """
    text, is_other = _text(raw, media)
    beginning = _FIRST_ELEMENT.search(text)
    if beginning is None:
        raise Unreadable(400, "unparsable", "The body is not XML: it has no element.", line=1)
    if "<!entity" in text[: beginning.start()].lower():
        raise Unreadable(400, "xml_entities", "The XML declares entities: send it without a document type.")
    strict = _strictly(text)
    built = strict or _tolerantly(text[beginning.start() :], leaves)
    return Tree(built.root, strict is None or strict.is_cut, is_other)


def _text(raw: bytes, media: Media) -> tuple[str, bool]:
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    declared = _DECLARED.match(raw)
    charset = "utf-16" if wide else media.charset
    if charset is None and declared is not None:
        try:
            charset = codec(declared[1].decode())
        except Unreadable:
            charset = None
    if charset is not None and charset.startswith("utf-16") and b"\0" not in raw[:4] and not wide:
        charset = None  # says so, and is not: `<?xml encoding="utf-16"?>` of a text in UTF-8
    text, is_other = decoded(raw, charset)
    return text.lstrip("\ufeff"), is_other


def _strictly(text: str) -> _Builder | None:
    """The document as XML defines it; None where it is no such thing."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, XMLParser

    parser: Any = XMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(text)
        built: _Builder = parser.close()
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return built


def _tolerantly(text: str, leaves: frozenset[str]) -> _Builder:
    """What can be made of a text: unclosed and crossed tags, bare `<` and `&`, HTML. Each character is passed once."""
    builder = _Builder()
    position, ends = 0, {"-->", "]]>", ">"}

    def skip(start: int, end: str) -> int:
        """Where a construct ends; the end of the text where it does not."""
        found = text.find(end, start) if end in ends else -1
        if found < 0:
            ends.discard(end)  # not looked for again
            return -1
        return found

    while (at := text.find("<", position)) >= 0:
        _say(builder, text[position:at])
        if text.startswith("<!--", at):
            found = skip(at + 4, "-->")
            position = at + 4 if found < 0 else found + 3
        elif text.startswith("<![CDATA[", at):
            found = skip(at + 9, "]]>")
            builder.data(text[at + 9 :] if found < 0 else text[at + 9 : found])
            position = len(text) if found < 0 else found + 3
        elif text.startswith(("<!", "<?"), at):
            found = skip(at + 2, ">")
            position = at + 2 if found < 0 else found + 1
        elif match := _CLOSE.match(text, at):
            _close(builder, _local(match[1]))
            position = match.end()
        elif match := _OPEN.match(text, at):
            _open(builder, match[1], match[2], leaves)
            position = match.end()
        else:
            builder.data("<")
            position = at + 1
    _say(builder, text[position:])
    return builder


def _say(builder: _Builder, text: str) -> None:
    if text:
        builder.data(_CHARACTER.sub(lambda match: html.unescape(match[0]), text))


def _open(builder: _Builder, name: str, inside: str, leaves: frozenset[str]) -> None:
    attributes = {
        each.lower(): html.unescape(value[1:-1] if value[0] in "\"'" else value.rstrip("/"))
        for each, value in _ATTRIBUTE.findall(inside)
    }
    local = _local(name)
    if builder.open[-1].name in leaves and local in leaves:
        builder.end(builder.open[-1].name)
    if local in _BREAKS and builder.open[-1].name == local:
        builder.end(local)  # HTML may leave these open
    builder.start(name, attributes)
    if inside.rstrip().endswith("/") or local in _EMPTY_IN_HTML:
        builder.end(name)


def _close(builder: _Builder, name: str) -> None:
    """Close an element with all that is open within; an end without a beginning ends nothing."""
    while builder.names[name]:
        if builder.end(name) == name:
            return


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].lower()
