"""GraphML and GEXF, read piece by piece; what XML can be made to swell with is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from ...core.errors import InvalidRequest

if TYPE_CHECKING:
    from .graphs import Graph

_LABELS = ("label", "name", "title")
_GROUPS = ("group", "community", "type", "kind", "modularity_class")
_MOST_DEPTH = 200


def read_xml(source: Path) -> Graph:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        with open(source, "rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise InvalidRequest(f"The file is no XML: {error}", hint="Look at it as text.") from None
    if not reader.is_graph:
        raise InvalidRequest("The XML holds no graph.", hint="Look at it as text.")
    return reader.graph


def _refuse(*_: object) -> None:
    raise InvalidRequest(
        "The XML declares entities, which a graph does not need and which can fill any memory.",
        hint="Look at it as text.",
    )


class _Reader:
    def __init__(self) -> None:
        from .graphs import Graph

        self.graph = Graph()
        self.is_graph = False
        self._keys: dict[str, str] = {}
        self._depth = 0
        self._node: int | None = None
        self._key: str | None = None
        self._words: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise InvalidRequest("The XML is nested too deeply.", hint="Look at it as text.")
        name = tag.rpartition(" ")[2]
        if name == "graph":
            self.is_graph = True
            direction = attributes.get("edgedefault", attributes.get("defaultedgetype", ""))
            self.graph.directed = direction == "directed"
        elif name == "key" or name == "attribute":
            title = attributes.get("attr.name", attributes.get("title", ""))
            self._keys[attributes.get("id", "")] = title.lower()
        elif name == "node":
            self._node = self.graph.node(attributes.get("id", ""))
            self.graph.describe(self._node, attributes.get("label"), None)
        elif name == "edge":
            self.graph.link(attributes.get("source", ""), attributes.get("target", ""))
        elif name == "data":
            self._key, self._words = self._keys.get(attributes.get("key", ""), attributes.get("key", "")), []
        elif name == "attvalue" and self._node is not None:
            self._describe(self._keys.get(attributes.get("for", ""), ""), attributes.get("value", ""))

    def end(self, tag: str) -> None:
        self._depth -= 1
        name = tag.rpartition(" ")[2]
        if name == "node":
            self._node = None
        elif name == "data":
            if self._node is not None and self._key:
                self._describe(self._key, "".join(self._words).strip())
            self._key = None

    def text(self, words: str) -> None:
        if self._key is not None and len(self._words) < 100:
            self._words.append(words)

    def _describe(self, key: str, value: str) -> None:
        assert self._node is not None
        if key in _LABELS:
            self.graph.describe(self._node, value, None)
        elif key in _GROUPS:
            self.graph.describe(self._node, None, value)
