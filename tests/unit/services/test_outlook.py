"""How much is looked at for one answer about the queue."""

from __future__ import annotations

from factories import a_run

from jupyter_toolrunner.core.ids import Digest, ToolName
from jupyter_toolrunner.core.likeness import Earlier, Experience
from jupyter_toolrunner.services.outlook import _Believed

VERSION = Digest("f" * 64)


def test_of_many_tools_some_are_explained_at_a_time() -> None:
    earlier = [Earlier(VERSION, float(n), {"n": n}) for n in range(1, 40)]
    kept = {f"box.tool_{n}": Experience(earlier) for n in range(25)}
    explained = []
    for _ in range(3):
        believed = _Believed(lambda tool, _version: kept[tool])
        pasts = [
            believed.of(a_run(tool=ToolName(tool), params={"n": n})) for tool in kept for n in (20.5, 30.5)
        ]
        assert all(past.is_enough for past in pasts)
        explained.append(sum(known.is_explained for known in kept.values()))
    assert explained == [10, 20, 25]
    assert pasts[-1] != kept["box.tool_0"].whole
