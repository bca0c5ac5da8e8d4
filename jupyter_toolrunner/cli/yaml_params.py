"""Params written as YAML."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..core.errors import InvalidParams, Problem

_BOOLEAN = "tag:yaml.org,2002:bool"
_READ_OTHERWISE = (_BOOLEAN, "tag:yaml.org,2002:timestamp")


class _Loader(yaml.SafeLoader):
    """Only ``true`` and ``false`` are booleans, and a date is a text: whoever writes ``country: no`` means that.

    A name that stands twice, and what stands for more than is written, are refused.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [each for each in resolvers if each[0] not in _READ_OTHERWISE]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not taken", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                raise InvalidParams([Problem(key.value, "stands twice in one YAML mapping")])
            names.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_yaml(text: str) -> Any:
    """What the text says. Raises ValueError, RecursionError, and InvalidParams for names that stand twice."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
