"""Random edits of code, params, inputs and environment: never a stale result, never a needless run.

The real services on a real database; the worker is one in this process, whose runner tells what a run would have made of
what there is: of each version of the code, the params, the bytes of the files, and the packages.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import a_tool
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jupyter_toolrunner.core import source_code
from jupyter_toolrunner.core.artifacts import Output
from jupyter_toolrunner.core.ids import Digest, ToolName, WorkerId
from jupyter_toolrunner.core.interpreters import Interpreter
from jupyter_toolrunner.core.ports import AttemptSpec, Outcome, RunEdit
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.core.tools import Entry, Policy, Tool, ToolKind, View
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.followers import SqlFollowerStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.runners.surroundings import Surroundings
from jupyter_toolrunner.services.followers import Followers
from jupyter_toolrunner.services.lease import LeaseKeeper
from jupyter_toolrunner.services.results import Results
from jupyter_toolrunner.services.reuse import ReuseKeys
from jupyter_toolrunner.services.runs import RunService
from jupyter_toolrunner.services.versions import Versions
from jupyter_toolrunner.services.work import WorkService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.contents import FileContents, _Look
from jupyter_toolrunner.storage.logs import FolderLogStore

#: Of the same length: the size of a file tells nothing.
CONTENTS = ("one", "two", "six")
NAMES = ("a.txt", "b.txt", "deep/c.txt")
_SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "default": 1},
        "file": {"type": "string", "format": "path"},
        "said": {"type": "string", "default": ""},
    },
    "additionalProperties": False,
}


class Nobody:
    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_named: None


class World:
    """A script in its folder, a file elsewhere, a Python of its own with its packages; and who runs it."""

    def __init__(self, folder: Path) -> None:
        self.box, self.data = folder / "box", folder / "data.txt"
        self.site = folder / "python" / "lib" / "python3.11" / "site-packages"
        for each in (self.box / "deep", self.site, folder / "python" / "bin"):
            each.mkdir(parents=True)
        self.python = folder / "python" / "bin" / "python"
        self.python.write_text("")
        self.script = self.box / "script.py"
        self.script.write_text("one")
        self.data.write_text("one")
        engine = open_engine(f"sqlite:///{folder / 'runs.db'}")
        upgrade(engine)
        self.engine = engine
        tools, store = SqlToolStore(engine), SqlRunStore(engine)
        artifacts = FolderArtifactStore(folder / "artifacts")
        followers = Followers(SqlFollowerStore(engine), cast(Any, Nobody()), lambda _run: None)
        self.store, self.artifacts = store, artifacts
        #: What was made anew.
        self.made = 0
        #: What happens while a run is made.
        self.meanwhile: Callable[[], object] = lambda: None
        self.view = View.PRIVATE
        self.reuse: bool | None = True
        self.rung: list[str] = []
        catalog: Any = SimpleNamespace(
            find=lambda _name: self.tool(), reading=False, refresh=lambda **_how: True
        )
        self.service = RunService(
            catalog=catalog,
            tools=tools,
            versions=Versions(tools, artifacts),
            runs=store,
            doorbell=cast(Any, SimpleNamespace(ring=self.rung.append, ring_everybody=self.rung.append)),
            events=cast(Any, Nobody()),
            followers=followers,
            reuse_keys=self._keys(folder),
        )
        self.worker = WorkService(
            worker=WorkerId("here:1:worker-1"),
            tools=tools,
            versions=Versions(tools, artifacts),
            runs=store,
            artifacts=artifacts,
            logs=FolderLogStore(folder / "logs"),
            events=cast(Any, Nobody()),
            followers=followers,
            runner=cast(Any, self),
            keeper=LeaseKeeper(store, 15.0, lambda *_: None),
            scratch=folder / "scratch",
            lease_seconds=15.0,
            log_limit=1_000,
            reuse_keys=self._keys(folder),
        )

    def _keys(self, folder: Path) -> ReuseKeys:
        return ReuseKeys(
            # Several ticks of the file system's clock: what is remembered is looked at too.
            contents=FileContents(settled=0.03),
            surroundings=Surroundings(folder / "environments", settled=0.03).digest,
            artifact=lambda artifact: self.store.artifact(artifact)[0],
            check_result=Results(self.store, self.artifacts).check,
        )

    def tool(self) -> Tool:
        """As the catalog has read it."""
        code = source_code.digests([str(self.script)])
        version = hashlib.sha256(json.dumps(sorted(code.values())).encode()).hexdigest()
        return a_tool(
            name=ToolName("box.script"),
            kind=ToolKind.SCRIPT,
            params_schema=_SCHEMA,
            entry=Entry(
                path=str(self.script),
                root=str(self.box),
                view=self.view,
                files=(str(self.script),),
                interpreter=Interpreter(path=str(self.python)),
            ),
            policy=Policy(reuse=self.reuse),
            code=code,
            version=Digest(version),
        )

    def truth(self, params: Mapping[str, Any]) -> bytes:
        """What a run would leave now."""
        seen = {str(path.relative_to(self.box)): path.read_text() for path in self.box.rglob("*.*")}
        file = params.get("file")
        found: list[Any] = [seen, sorted(path.name for path in self.site.iterdir()), {**params}]
        found.append(Path(file).read_text() if file and Path(file).exists() else None)
        return json.dumps(found, sort_keys=True).encode()

    # -- as a runner ----------------------------------------------------------------------------------------------

    def run(self, spec: AttemptSpec, **_how: Any) -> Outcome:
        self.made += 1
        content = self.truth(spec.params)
        self.meanwhile()
        self.meanwhile = lambda: None
        if spec.params.get("said") == "fails":
            return Outcome(status=RunStatus.FAILED)
        output = Output(
            name="result.json", path=spec.directory / "r", media_type="application/json", content=content
        )
        return Outcome(status=RunStatus.SUCCEEDED, outputs=(output,))

    def prepare(self, tool: Tool) -> None:
        pass

    def environment(self, tool: Tool) -> Mapping[str, Any]:
        return {}

    # -- what is asked ----------------------------------------------------------------------------------------------

    def submit(self, params: Mapping[str, Any]) -> Run:
        run = self.service.submit("box.script", params, owner="anna")
        while self.store.status(run.id) not in (RunStatus.SUCCEEDED, RunStatus.FAILED):
            assert self.worker.work_one(), "nothing waits, and it has not ended"
        return self.store.get(run.id)

    def result(self, run: Run) -> bytes:
        return self.artifacts.path(run.artifacts[0].digest).read_bytes()

    def close(self) -> None:
        self.worker.close()
        self.engine.dispose()


class Edits(RuleBasedStateMachine):
    folders = itertools.count()
    base: Path
    #: Looks after an edit, in all.
    looks = 0

    @initialize()
    def begin(self) -> None:
        folder = self.base / str(next(self.folders))
        folder.mkdir()
        self.world = World(folder)
        #: What was there when a run was made, with what came of it.
        self.known: dict[bytes, bytes] = {}
        self.params: dict[str, Any] = {"file": str(self.world.data)}

    @rule(content=some.sampled_from(CONTENTS))
    def edit_code(self, content: str) -> None:
        self.world.script.write_text(content)

    @rule(content=some.sampled_from(CONTENTS), name=some.sampled_from(NAMES))
    def edit_a_file_beside_the_script(self, content: str, name: str) -> None:
        (self.world.box / name).write_text(content)

    @rule(name=some.sampled_from(NAMES))
    def remove_a_file_beside_the_script(self, name: str) -> None:
        (self.world.box / name).unlink(missing_ok=True)

    @rule(content=some.sampled_from(CONTENTS))
    def edit_the_input(self, content: str) -> None:
        self.world.data.write_text(content)

    @rule(content=some.sampled_from(CONTENTS))
    def edit_the_input_and_set_its_time_back(self, content: str) -> None:
        before = self.world.data.stat()
        self.world.data.write_text(content)
        os.utime(self.world.data, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(content=some.sampled_from(CONTENTS))
    def put_another_input_in_its_place(self, content: str) -> None:
        new = self.world.data.with_name("new.txt")
        new.write_text(content)
        new.replace(self.world.data)

    @rule(n=some.integers(0, 2), said=some.sampled_from(["", "fails", "ё\0"]))
    def edit_params(self, n: int, said: str) -> None:
        self.params = {"file": str(self.world.data), "n": n, "said": said}

    @rule()
    def leave_params_to_the_tool(self) -> None:
        self.params = {"file": str(self.world.data)}

    @rule(version=some.sampled_from(["1.0", "1.1"]))
    def install_a_package(self, version: str) -> None:
        for old in self.world.site.glob("package-*"):
            old.rmdir()
        (self.world.site / f"package-{version}.dist-info").mkdir()

    @rule()
    def touch_what_changes_nothing(self) -> None:
        os.utime(self.world.script)
        os.utime(self.world.data)

    @rule()
    def run(self) -> None:
        self.look()

    @invariant()
    def look(self) -> None:
        world = getattr(self, "world", None)
        if world is None:
            return
        Edits.looks += 1
        full = {"n": 1, "said": "", **self.params}
        truth, before = world.truth(full), world.made
        run = world.submit(self.params)
        if full["said"] == "fails":
            assert (run.status, run.reused) == (RunStatus.FAILED, None)
            return
        assert world.result(run) == truth, "a stale result"
        was_known = truth in self.known
        assert (run.reused is not None) == was_known, "a needless run" if was_known else "nobody made it"
        assert world.made - before == (0 if was_known else 1)
        self.known[truth] = truth

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()


def _install(world: World) -> None:
    (world.site / "package-2.0.dist-info").mkdir()


def _uninstall(world: World) -> None:
    (world.site / "package-2.0.dist-info").rmdir()


#: Each with what undoes it.
EDITS: dict[str, tuple[Callable[[World], object], Callable[[World], object]]] = {
    "code": (lambda world: world.script.write_text("two"), lambda world: world.script.write_text("one")),
    "input": (lambda world: world.data.write_text("two"), lambda world: world.data.write_text("one")),
    "a file beside": (
        lambda world: (world.box / "deep" / "c.txt").write_text("new"),
        lambda world: (world.box / "deep" / "c.txt").unlink(),
    ),
    "a package": (_install, _uninstall),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.mark.parametrize("what", EDITS)
def test_what_is_edited_is_run_and_what_is_as_it_was_is_not(world: World, what: str) -> None:
    edit, undo = EDITS[what]
    params = {"file": str(world.data)}
    first = world.submit(params)
    assert world.submit(params).reused is not None
    edit(world)
    second = world.submit(params)
    assert second.reused is None
    assert world.submit(params).reused is not None
    undo(world)
    third = world.submit(params)
    assert third.reused is not None
    assert third.reused.run == first.id


#: With a folder in its place.
TEXTS_WITH_PATHS = (
    "{}/*.csv",
    "{}/run_",
    "{}/a.csv,{}/b.csv",
    "file://{}/a.csv",
    "--in={}/a.csv",
    "cat {}/a.csv",
    "sqlite:///{}/a.csv",
    "$HOME{}/a.csv",
    "{}/" + "a.csv " * 1_000,
    "sub/../../data",
    "--in=../data/a.csv",
)


@pytest.mark.parametrize("text", TEXTS_WITH_PATHS)
def test_what_names_files_that_nobody_can_tell_is_run_each_time(
    world: World, text: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("one")
    assert [world.submit({"said": text.replace("{}", str(folder))}).reused for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    "text", ["https://host/a/b", "and/or", "1 / 2", "~5 %", "a, b; c", "...", "v1..v2", "</p>"]
)
def test_what_names_no_file_is_run_once(world: World, text: str) -> None:
    world.submit({"said": text})
    assert world.submit({"said": text}).reused is not None


def test_an_input_that_is_not_there_may_be_named_otherwise(world: World) -> None:
    world.data.unlink()
    params = {"file": str(world.data)}
    assert [world.submit(params).reused for _ in range(2)] == [None, None]


def test_a_look_that_fails_costs_no_result(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        monkeypatch.setattr(FileContents, "look", lambda *_: 1 // 0)

    world.meanwhile = fail
    run = world.submit({})
    assert (run.status, run.reused, len(run.artifacts)) == (RunStatus.SUCCEEDED, None, 1)
    monkeypatch.undo()
    assert world.submit({}).reused is None


def test_a_result_whose_files_are_gone_is_made_anew(world: World) -> None:
    gone = world.submit({})
    world.artifacts.path(gone.artifacts[0].digest).unlink()
    again = world.submit({})
    assert again.reused is None
    assert world.result(again) == world.truth({"n": 1, "said": ""})
    taken = world.submit({})
    assert taken.reused is not None
    assert taken.reused.run == again.id


def test_a_batch_looks_once_at_what_its_rows_have_in_common(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def counted(kind: type, name: str) -> None:
        made = getattr(kind, name)

        def look(*given: Any) -> Any:
            looks.append(name)
            return made(*given)

        monkeypatch.setattr(kind, name, look)

    counted(Surroundings, "_of")
    counted(_Look, "_of")
    rows = [{"file": str(world.data), "n": n} for n in range(50)]
    made = world.service.submit_all("box.script", rows, owner="anna")
    assert len({run.reuse_key for run in made}) == 50
    assert sorted(looks) == ["_of", "_of", "_of"]


@pytest.mark.parametrize("what", EDITS)
def test_what_is_edited_while_it_is_run_is_nobodys_result(world: World, what: str) -> None:
    params = {"file": str(world.data)}
    world.meanwhile = lambda: EDITS[what][0](world)
    assert world.submit(params).status is RunStatus.SUCCEEDED
    EDITS[what][1](world)
    assert world.submit(params).reused is None


def test_what_changes_its_own_input_is_run_each_time(world: World) -> None:
    for content in CONTENTS:
        world.meanwhile = lambda content=content: world.data.write_text(content)  # type: ignore[misc]
        assert world.submit({"file": str(world.data), "n": 5}).reused is None
        world.data.write_text("as it was")


@pytest.mark.parametrize("view", [View.PUBLISH, View.IN_PLACE])
def test_what_changes_a_folder_that_stays_is_run_each_time(world: World, view: View) -> None:
    world.view = view
    assert [world.submit({}).reused for _ in range(2)] == [None, None]


def test_what_the_tool_says_of_reuse_holds_from_the_next_submit_on(world: World) -> None:
    world.reuse = False
    assert [world.submit({}).reused for _ in range(2)] == [None, None]
    world.reuse = True
    assert world.submit({}).reused is None
    assert world.submit({}).reused is not None
    world.reuse = False
    assert world.submit({}).reused is None
    assert world.service.earlier("box.script", {})[1] is None


def test_a_run_whose_values_are_changed_while_it_waits_for_a_result_is_rung_for(world: World) -> None:
    first, second = (world.service.submit("box.script", {}, owner="anna") for _ in range(2))
    assert (second.status, world.rung) == (RunStatus.WAITING, [first.id])
    world.service.edit(second.id, RunEdit(params={"n": 2}), by="anna")
    assert world.rung == [first.id, second.id]
    assert world.worker.work_one()
    assert world.worker.work_one()
    assert [world.store.get(run.id).reused for run in (first, second)] == [None, None]


def _examples(many: int) -> settings:
    return settings(
        max_examples=many,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_a_result_is_as_a_run_would_make_it_now_and_nothing_is_run_twice(tmp_path: Path) -> None:
    Edits.base = tmp_path
    run_state_machine_as_test(Edits, settings=_examples(5))


@pytest.mark.soak
def test_the_same_over_a_thousand_edits(tmp_path: Path) -> None:
    Edits.base, Edits.looks = tmp_path, 0
    run_state_machine_as_test(Edits, settings=_examples(100))
    assert Edits.looks > 1_000
