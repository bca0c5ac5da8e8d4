"""Pythons of their own that scripts name: one that is there, or an environment that is built from requirements and kept."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: Folder of this package.
PACKAGE = str(Path(__file__).parent.parent)
#: Program for such a Python, called with the folder, a module and words for its ``main``: it finds this package, and nothing
#: of what is installed beside it.
START_APART = """\
import importlib, importlib.util, sys
place, module, *words = sys.argv[1:]
sys.path[:] = [each for each in sys.path if each]
found = importlib.util.spec_from_file_location(
    'jupyter_toolrunner', place + '/__init__.py', submodule_search_locations=[place])
package = importlib.util.module_from_spec(found)
sys.modules['jupyter_toolrunner'] = package
found.loader.exec_module(package)
importlib.import_module(module).main(*words)
"""

#: Requirements that mean something in their own folder only: options, paths.
_LOCAL = re.compile(r"^\s*(-|\.|/)|(\s|^)file:|@\s*\.|/[^\s]*\.whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Where a script runs instead of in ToolRunner's own Python."""

    #: Absolute path of a Python that is there; None where one is built.
    path: str | None = None
    #: Lines as pip takes them.
    requirements: tuple[str, ...] = ()
    #: Folder in which relative paths of the requirements hold.
    folder: str = ""
    #: Digest of the local files that the requirements name, as they were read; empty where they name none.
    content: str = ""
    #: Versions of Python that the script takes, such as ``>=3.12``; empty for any.
    requires_python: str = ""
    #: Whether a run builds the environment and does nothing else, since the script's params can't be known before.
    only_builds: bool = False

    @property
    def key(self) -> str:
        """Same for all that share one environment on one machine."""
        if self.path is not None:
            return self.path
        local = any(_LOCAL.search(line) for line in self.requirements)
        what = [
            sorted(self.requirements) if not local else [self.folder, *self.requirements],
            self.requires_python,
            sys.version_info[:2],
            sys.implementation.name,
            platform.machine(),
            *([self.content] if self.content else []),
        ]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]

    def home(self, environments: Path) -> Path:
        """The folder of an environment that is built."""
        return environments / self.key

    def marker(self, environments: Path) -> Path:
        """The file that is there when the environment is ready, and says what is in it."""
        return environments / f"{self.key}.json"

    def python(self, environments: Path) -> str:
        return self.path or str(self.home(environments) / "bin" / "python")

    def is_ready(self, environments: Path) -> bool:
        if self.path is not None:
            return True
        return self.marker(environments).is_file() and Path(self.python(environments)).exists()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Interpreter:
        return cls(**{**data, "requirements": tuple(data["requirements"])})
