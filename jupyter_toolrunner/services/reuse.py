"""What makes a run the same as an earlier one: looked at when it is submitted, when it starts and when it has ended."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.artifacts import Artifact
from ..core.errors import InvalidRequest, NotFound
from ..core.ids import Digest
from ..core.ports import Contents, ContentsLook
from ..core.references import references
from ..core.reuse import folder_of, key_of, leaves_only_results
from ..core.tools import Tool
from . import inputs

#: Seconds for which results are checked in one look: of more of them the worker checks each.
_CHECKING = 10.0
#: Characters of a text that may be a path.
_LONGEST_PATH = 4096
#: A path of this machine within a text: ``--in=/x``, ``cat /x``, ``file:x``, ``sqlite:////x.db``, ``$HOME/x``; not
#: ``https://host/x``.
_WITHIN = re.compile(
    r"""\bfile:|:///|\$\{?\w+\}?/|[=,;'"(\[{|>]~?/|<(?!/\w+>)~?/|[\s:]~?/(?:\w|\.)|[\s=,;:'"(\[{|<>]~[\w.-]*/""",
    re.IGNORECASE,
)
#: A way out of the folder that a run sees.
_UPWARDS = re.compile(r"""(?:^|[/\s=,;:'"(\[{|<>])\.\.(?:/|$)""")


class ReuseKeys:
    def __init__(
        self,
        *,
        contents: Contents,
        surroundings: Callable[[Tool], str | None],
        artifact: Callable[[str], Artifact],
        check_result: Callable[[Digest], object] = lambda _key: None,
    ) -> None:
        """``surroundings``: a digest of what a run of the tool meets here; None where that cannot be known.

        ``artifact`` raises NotFound. ``check_result`` sees that a result which could be taken is there.
        """
        self._check_result = check_result
        self._contents = contents
        self._surroundings = surroundings
        self._artifact = artifact

    def look(self, is_of_now: Callable[[Tool], bool]) -> KeysLook:
        """``is_of_now``: whether the tool's files are those of its version."""
        return KeysLook(
            self._contents.look(), self._surroundings, self._artifact, is_of_now, self._check_result
        )


class KeysLook:
    """Looks once at what runs have in common, such as the rows of a batch."""

    def __init__(
        self,
        contents: ContentsLook,
        surroundings: Callable[[Tool], str | None],
        artifact: Callable[[str], Artifact],
        is_of_now: Callable[[Tool], bool],
        check_result: Callable[[Digest], object],
    ) -> None:
        self._check_result = check_result
        self._checked: set[Digest] = set()
        self._checks_until = time.monotonic() + _CHECKING
        self._contents = contents
        self._artifact = functools.cache(artifact)
        self._surroundings = surroundings
        self._is_of_now = is_of_now
        #: By name and version of a tool, what a run of it meets; None where nobody can tell.
        self._met: dict[tuple[str, str], str | None] = {}

    def of(self, tool: Tool, params: Mapping[str, Any]) -> Digest | None:
        """The same for runs that are the same; None where nobody can tell, so that it is run."""
        # What the tool allows is asked when a run is submitted: it may be said anew without another version.
        if not leaves_only_results(tool) or any(references(params)):
            return None
        surroundings = self._of(tool)
        if surroundings is None:
            return None
        try:
            # Its id says when it was made; its content and its name are what the tool sees.
            plain = inputs.with_paths(params, lambda _field, artifact: self._named(artifact))
        except NotFound:
            return None
        contents: dict[str, str] = {}
        for path in _paths(tool, params):
            found = None if path is None else self._contents.of(path)
            if path is None or found is None:
                return None
            contents[path] = found
        key = key_of(tool, plain, contents, surroundings)
        return key if self._is_checked(key) else None

    def _is_checked(self, key: Digest) -> bool:
        if key not in self._checked:
            if time.monotonic() > self._checks_until:
                return False
            self._check_result(key)
            self._checked.add(key)
        return True

    def _of(self, tool: Tool) -> str | None:
        which = (str(tool.name), str(tool.version))
        if which not in self._met:
            self._met[which] = self._surroundings(tool) if self._is_of_now(tool) else None
        return self._met[which]

    def _named(self, artifact: str) -> Any:
        found = self._artifact(artifact)
        return {"artifact": [found.digest, found.name]}


def _paths(tool: Tool, params: Mapping[str, Any]) -> Iterator[str | None]:
    """The folder that the run sees, and whatever of its params may be a path: not each tool says which are.

    None for a text in which a path may stand that nobody can tell from the rest of it.
    """
    folder = folder_of(tool)
    if folder is not None:
        yield folder
    for text in _texts(params):
        path = os.path.expanduser(text) if text.startswith("~") else text
        if path.startswith("/"):
            yield path if _is_path(path) else None
        elif folder is not None and (text == ".." or text.startswith("../")):
            yield os.path.join(folder, text) if _is_path(text) else None
        elif _WITHIN.search(text) or (folder is not None and _UPWARDS.search(text)):
            yield None


def _is_path(text: str) -> bool:
    return len(text) < _LONGEST_PATH and "\0" not in text


def wanted(tool: Tool, asked: bool | None) -> bool | None:
    """As `core.runs.Run.reuse`, for a run of which was asked to take an earlier result, or not to.

    Raises InvalidRequest where the tool forbids it.
    """
    policy = tool.policy.reuse
    if asked and policy is False:
        raise InvalidRequest(
            f"{tool.name} does not let its results be taken again.",
            field="reuse",
            hint="Run it without reuse.",
        )
    if policy or asked:
        return asked is not False
    return None


def _texts(params: Mapping[str, Any]) -> Iterator[str]:
    left: list[Any] = [params]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            left += value.keys()
            left += value.values()
        elif isinstance(value, list):
            left += value
