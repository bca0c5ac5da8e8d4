"""Made from ``_async/runs.py`` by ``python -m jupyter_toolrunner.dev generate``; edit that."""

from __future__ import annotations

import codecs
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import Any, Self

from ...api.schemas import ArtifactShape, CodeShape, RunShape
from ...core.errors import NotFound
from ...core.references import Reference
from ...core.runs import Priority, RunStatus
from ..errors import RunFailed, raise_for
from ..kept import kept_folder
from ..params import encode_params
from ..transport import Response, Transport
from ..values import ArtifactFields, Artifacts, LiveFields, read

#: Seconds for which the server holds one question open.
_LONG_POLL = 20.0
#: Seconds between two looks whether a queued run has begun.
_PAUSE = 0.1


class Artifact(ArtifactFields):
    """A file that a run produced; as a param of another run it is taken as its input."""

    def __init__(self, transport: Transport, shape: ArtifactShape) -> None:
        super().__init__(shape)
        self.transport = transport

    def read(self) -> bytes:
        response = self.transport.request("GET", f"artifacts/{self.id}")
        raise_for(response)
        return response.body

    def load(self) -> Any:
        """What it holds: a table as a DataFrame, a chart, a graph, a picture, what JSON holds, a text; else its bytes.

        Raises InvalidRequest where it is not what its name says, NotAvailable where the library for it is not installed.
        """
        from ..loading import load

        codec = "series" if self.metadata.get("series") else self.metadata.get("codec")
        with tempfile.TemporaryDirectory(prefix="toolrunner-") as folder:
            return load(self.save(Path(folder) / _safe_name(self.name)), self.media_type, codec)

    def save(self, path: str | Path = ".") -> Path:
        """Write it to a file, or into a folder under its own name; returns where it is."""
        target = Path(path)
        if target.is_dir():
            target /= _safe_name(self.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".toolrunner-") as folder:
            part = Path(folder) / "part"
            raise_for(self.transport.download(f"artifacts/{self.id}", part))
            shutil.move(part, target)
        return target


class Run(LiveFields):
    """One request to run one tool with one set of params."""

    def __init__(self, transport: Transport, data: Any) -> None:
        self.transport = transport
        self._shape = read(RunShape, data)

    @property
    def artifacts(self) -> Artifacts[Artifact]:
        """The files that it produced; ``artifacts["name.csv"]`` takes one by its name."""
        return Artifacts(Artifact(self.transport, shape) for shape in self._now().artifacts)

    def refresh(self) -> Self:
        self._ask("GET", f"runs/{self.id}")
        return self

    def wait(self, timeout: float | None = None) -> Self:
        """Return when the run is final, however it ended. Raises TimeoutError; the run itself goes on then."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._shape.status.is_final:
            left = _LONG_POLL if deadline is None else deadline - time.monotonic()
            self._ask("GET", f"runs/{self.id}", {"wait": f"{max(0.0, min(left, _LONG_POLL)):.3f}"})
            if left <= 0 and not self._shape.status.is_final:
                raise TimeoutError(
                    f"Run #{self.number} is {self._shape.status} after {timeout} s; it goes on"
                )
        return self

    def cancel(self) -> Self:
        """Ask for the end of it and of every process it started; ``wait()`` returns when that is done."""
        self._ask("POST", f"runs/{self.id}/cancel")
        return self

    def output(self, name: str) -> dict[str, str]:
        """A file that it leaves, or will have left, as a value of another run, which waits for it."""
        return Reference(self.id, output=name).to_json()

    def outcome(self, path: str = "") -> dict[str, str]:
        """A value within its result, or that whole, as a value of another run, which waits for it: ``rows.0.total``."""
        return Reference(self.id, result=path).to_json()

    def retry(self) -> Self:
        """Have one more attempt made, of the same code; the earlier ones keep their log and error.

        Of a run that waits for its next attempt: now.
        """
        self._ask("POST", f"runs/{self.id}/retry")
        return self

    def code(self) -> dict[str, str]:
        """The files that it ran, as they were, by path: the tool's own first, then what it imports beside itself."""
        response = self.transport.request("GET", f"runs/{self.id}/code")
        raise_for(response)
        return {file.path: file.text for file in read(CodeShape, response.json()).files}

    def tag(self, *tags: str) -> Self:
        """Put tags on it, beside those that it has."""
        return self._edit({"add_tags": list(tags)})

    def untag(self, *tags: str) -> Self:
        """Take tags away; those that it has not are no error."""
        return self._edit({"remove_tags": list(tags)})

    def edit(
        self,
        *,
        tags: Iterable[str] | None = None,
        note: str | None = None,
        params: Mapping[str, Any] | None = None,
        priority: Priority | str | None = None,
    ) -> Self:
        """Change all its tags or its note (empty takes it away); params and priority while it waits.

        Raises Conflict where it has started meanwhile.
        """
        given = {
            "tags": None if tags is None else list(tags),
            "note": note,
            "params": None if params is None else encode_params(params),
            "priority": None if priority is None else Priority(priority).value,
        }
        return self._edit({name: value for name, value in given.items() if value is not None})

    def log(self, attempt: int | None = None) -> str:
        """What it printed so far, in its last attempt or in the given one."""
        data, offset = b"", 0
        while True:
            response = self._log(offset, attempt)
            data += response.body
            if _next(response) <= offset:
                return data.decode("utf-8", "replace")
            offset = _next(response)

    def follow(self) -> Iterator[str]:
        """The log as it grows, in pieces, until the run is final; further attempts follow the first."""
        attempt = max(1, self._shape.attempt)
        while self._has_begun(attempt):
            for text in self._follow(attempt):
                yield text
            attempt += 1

    def result(self, timeout: float | None = None) -> Any:
        """What the function returned, waiting for it. Raises RunFailed, or NotFound where the tool gives files only."""
        self.wait(timeout)
        if self._shape.status is not RunStatus.SUCCEEDED:
            raise RunFailed(_why(self._shape))
        artifacts = self.artifacts
        for artifact in artifacts:
            if artifact.metadata.get("result"):
                return _decoded(artifact, artifacts)
        raise NotFound(
            f"Run #{self.number} has no result", hint="Look at run.artifacts for the files that it made"
        )

    def _follow(self, attempt: int) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        offset, complete = 0, False
        while not complete:
            response = self._log(offset, attempt, wait=_LONG_POLL)
            offset = _next(response)
            complete = response.headers["x-log-complete"] == "true"
            if text := decoder.decode(response.body, complete):
                yield text

    def _has_begun(self, attempt: int) -> bool:
        """Wait for an attempt; False where the run ended without it."""
        self.refresh()
        while self._shape.attempt < attempt and not self._shape.status.is_final:
            time.sleep(_PAUSE)
            self.refresh()
        return self._shape.attempt >= attempt

    def _log(self, offset: int, attempt: int | None, wait: float = 0) -> Response:
        query = {"offset": str(offset)}
        if attempt is not None:
            query["attempt"] = str(attempt)
        if wait:
            query["wait"] = str(wait)
        response = self.transport.request("GET", f"runs/{self.id}/log", query=query)
        raise_for(response)
        return response

    def _edit(self, changes: Mapping[str, Any]) -> Self:
        self._ask("PATCH", f"runs/{self.id}", json=changes)
        return self

    def _ask(self, method: str, path: str, query: dict[str, str] | None = None, *, json: Any = None) -> None:
        response = self.transport.request(method, path, query=query, json=json)
        raise_for(response)
        self._learn(read(RunShape, response.json()))


def _decoded(artifact: Artifact, artifacts: Artifacts[Artifact]) -> Any:
    """What the files of a result stand for. A result that is a file stays until this process ends."""
    from ...runners import codec

    if artifact.metadata["codec"] == "json":
        # Most results, and nothing that needs a file.
        return json.loads(artifact.read())
    whole = artifact.metadata["codec"] == "bundle"
    files = [each for each in artifacts if "codec" in each.metadata] if whole else [artifact]
    keeps = any(each.metadata["codec"] == "file" for each in files)
    with nullcontext(kept_folder()) if keeps else tempfile.TemporaryDirectory(prefix="toolrunner-") as folder:
        places: dict[str, tuple[Path, str]] = {}
        for index, each in enumerate(files):
            place = Path(folder) / str(index) / _safe_name(each.name)
            how = "series" if each.metadata.get("series") else each.metadata["codec"]
            places[each.name] = (each.save(place), how)
        return codec.read(*places[artifact.name], places.__getitem__)


def _next(response: Response) -> int:
    return int(response.headers["x-log-next"])


def _safe_name(name: str) -> str:
    """The last part alone: a name that a server sends never leads out of the folder."""
    last = PurePosixPath(name.replace("\\", "/")).name.replace("\0", "")
    return last if last not in ("", ".", "..") else "artifact"


def _why(shape: RunShape) -> str:
    start = f"Run #{shape.number} ({shape.tool}) {shape.status}"
    if shape.error:
        return f"{start}: {shape.error.type}: {shape.error.message}"
    return f"{start}: {shape.reason}" if shape.reason else start
