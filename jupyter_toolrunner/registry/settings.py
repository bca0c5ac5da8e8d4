"""``toolbox.yaml``: what cannot be read from the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.limits import KEYS as LIMIT_KEYS
from ..core.limits import SPACE, limit_of
from ..core.retries import Retry
from ..core.tools import Delivery, View

MAX_SIZE = 1 << 20
#: What may stand at the top for all tools of the toolbox, and of each tool.
_DEFAULTS = {
    "root": "Folder that a run sees as its own, from this one: `..` for scripts that write into their parent.",
    "view": "`private` (the originals stay), `publish` (a finished run's changes are put back) or `in_place`.",
    "interpreter": "The Python that scripts run in: a path from this folder, or a command of the system.",
    "environment": "A folder with a virtual environment whose Python that is.",
    "requirements": "What an environment is built from: a list of what pip takes, or the name of a file of them.",
}
#: Every key of one tool, with what it is for.
TOOL_KEYS = {
    "title": "Name for people; a text, or one for each language: `{en: …, ru: …}`.",
    "description": "What it does; likewise in several languages.",
    "category": "Where it is listed; by default its sub-folder.",
    "tags": "Words by which it is found.",
    "icon": "Name of a drawing.",
    "hidden": "`true` where it is not listed.",
    **_DEFAULTS,
    "delivery": "What happens to a run whose worker was lost: `at_most_once`, `idempotent` or `transactional`.",
    **LIMIT_KEYS,
    "max_attempts": "Attempts in all, where the delivery or `retry` allows more than one; 3.",
    "max_running": "Runs at a time, whoever asks for them; the others wait. Any number by itself.",
    "retry": "Failures that are tried again by themselves: a list of reasons, or a mapping; see below.",
    "warm": "Of a notebook: `true` where its kernel is kept for the next run.",
    "reuse": "`true` where a run takes the result of an earlier one that was the same, `false` where it never may.",
    "kernel": "Of a notebook: the kernel it runs in, in place of the one that it names.",
    "params": "What the code does not say of its params, by name.",
}
#: Every key of the file.
KEYS = {
    "name": "Under which its tools are called, `name.tool`; by default that of the folder.",
    "title": "Name for people; a text, or one for each language.",
    "description": "What the tools are for.",
    "categories": "Titles of sub-folders, by their names; in several languages too.",
    "ignore": "Files and folders that are no tools, as patterns.",
    **_DEFAULTS,
    "policy": "What holds for all tools that say nothing else, such as `{time_limit: 600}`.",
    "tools": "What is said of single tools, by their names.",
}
#: Every key of one param.
PARAM_KEYS = {
    "title": "Name for people; in several languages too.",
    "description": "A sentence about it; in several languages too.",
    "accepts": "Of a file: endings (`.csv`) and media types.",
    "advanced": "`true` where the form shows it on demand.",
}


@dataclass(frozen=True)
class ToolSettings:
    """What is said of one tool."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] | None = None
    root: str | None = None
    view: View | None = None
    delivery: Delivery | None = None
    time_limit: float | None = None
    memory_limit: int | None = None
    output_limit: int | None = None
    process_limit: int | None = None
    open_files_limit: int | None = None
    max_attempts: int | None = None
    max_running: int | None = None
    retry: Retry | None = None
    hidden: bool = False
    icon: str | None = None
    #: A Python of its own: a path, a folder with a virtual environment, or what one is built from.
    interpreter: str | None = None
    environment: str | None = None
    requirements: tuple[str, ...] = ()
    requirements_file: str | None = None
    #: Whether a kernel is kept for the next run; for notebooks.
    warm: bool | None = None
    #: Whether a run takes the result of an earlier one that was the same.
    reuse: bool | None = None
    #: Name of the kernel, in place of the one that the notebook asks for.
    kernel: str | None = None
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: As `core.tools.Tool.translations`.
    translations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What is said of a toolbox."""

    name: str | None = None
    title: str | None = None
    description: str = ""
    #: Sub-folder, or category as a tool gives it, to the title that is shown.
    categories: Mapping[str, str] = field(default_factory=dict)
    #: The same in other languages: by key, then by language.
    category_translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    defaults: ToolSettings = ToolSettings()
    tools: Mapping[str, ToolSettings] = field(default_factory=dict)
    #: What could not be used, each with the place where it stands.
    problems: tuple[str, ...] = ()

    def mentions(self, *names: str) -> bool:
        """Whether anything is said of a tool under one of its names."""
        return any(name in self.tools for name in names)

    def of(self, *names: str) -> ToolSettings:
        """What is said of a tool under the first of its names that is mentioned."""
        return next((self.tools[name] for name in names if name in self.tools), ToolSettings())


def load(path: Path) -> Settings:
    """Read the file; what is wrong becomes a problem, and the rest holds."""
    try:
        if path.stat().st_size > MAX_SIZE:
            return Settings(problems=(f"{path}: larger than 1 MB",))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        return Settings(problems=(f"{path}: can't be read: {error}",))
    import yaml

    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Settings(problems=(f"{path}: not valid YAML: {' '.join(str(error).split())}",))
    return _Reading(str(path)).settings({} if data is None else data)


class _Reading:
    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[str] = []

    def settings(self, data: Any) -> Settings:
        if not self._is_mapping(data, "the file"):
            return Settings(problems=tuple(self.problems))
        self._known(data, KEYS, "")
        policy = data.get("policy") if isinstance(data.get("policy"), dict) else {}
        tools = data.get("tools") or {}
        per_tool = {}
        if self._is_mapping(tools, "tools"):
            per_tool = {str(name): self._tool(each or {}, f"tools.{name}") for name, each in tools.items()}
        defaults = {**policy, **{key: data[key] for key in _DEFAULTS if key in data}}
        categories = data.get("categories") or {}
        return Settings(
            name=self._text(data, "name", ""),
            title=self._text(data, "title", ""),
            description=self._text(data, "description", "") or "",
            categories={
                str(key): str(each["en"] if isinstance(each, dict) else each)
                for key, each in categories.items()
                if not isinstance(each, dict) or each.get("en")
            }
            if self._is_mapping(categories, "categories")
            else {},
            category_translations={str(key): languages_of(each) for key, each in categories.items()}
            if isinstance(categories, dict)
            else {},
            ignore=self._texts(data, "ignore", "") or (),
            defaults=self._tool(defaults, "policy"),
            tools=per_tool,
            problems=tuple(self.problems),
        )

    def _tool(self, data: Any, where: str) -> ToolSettings:
        if not self._is_mapping(data, where):
            return ToolSettings()
        self._known(data, TOOL_KEYS, where)
        params = data.get("params") or {}
        return ToolSettings(
            title=self._text(data, "title", where),
            description=self._text(data, "description", where),
            category=self._text(data, "category", where),
            tags=self._texts(data, "tags", where),
            root=self._text(data, "root", where),
            view=self._choice(View, data, "view", where),
            delivery=self._choice(Delivery, data, "delivery", where),
            time_limit=self._number(data, "time_limit", where),
            **self._limits(data, where),
            max_attempts=int(attempts) if (attempts := self._number(data, "max_attempts", where)) else None,
            max_running=self._whole(data, "max_running", where),
            retry=self._retry(data, where),
            hidden=data.get("hidden") is True,
            icon=self._text(data, "icon", where),
            **self._python(data, where),
            warm=self._flag(data, "warm", where),
            reuse=self._flag(data, "reuse", where),
            kernel=self._text(data, "kernel", where),
            translations=translations_of(data, params),
            params={str(name): self._param(each, f"{where}.params.{name}") for name, each in params.items()}
            if self._is_mapping(params, f"{where}.params")
            else {},
        )

    def _limits(self, data: Mapping[str, Any], where: str) -> dict[str, Any]:
        found = {}
        for key in SPACE:
            if data.get(key) is not None:
                try:
                    found[key] = limit_of(key, data[key])
                except ValueError as error:
                    self._problem(where, f"has a {key} that can't be used: {error}")
        return found

    def _retry(self, data: Mapping[str, Any], where: str) -> Retry | None:
        if data.get("retry") is None:
            return None
        try:
            return Retry.of(data["retry"])
        except ValueError as error:
            self._problem(where, f"has a retry that can't be used: {error}")
            return None

    def _python(self, data: Mapping[str, Any], where: str) -> dict[str, Any]:
        given = [key for key in ("interpreter", "environment", "requirements") if data.get(key) is not None]
        if len(given) > 1:
            self._problem(where, f"names a Python in several ways: {', '.join(given)}; the first holds")
        for key in given[:1]:
            if key != "requirements":
                return {key: self._text(data, key, where)}
            if isinstance(data[key], str):
                return {"requirements_file": data[key]}
            return {"requirements": self._texts(data, key, where) or ()}
        return {}

    def _param(self, data: Any, where: str) -> dict[str, Any]:
        if not self._is_mapping(data, where):
            return {}
        self._known(data, PARAM_KEYS, where)
        said: dict[str, Any] = {}
        for key in ("title", "description"):
            if (text := self._text(data, key, where)) is not None:
                said[key] = text
        if (accepts := self._texts(data, "accepts", where)) is not None:
            said["x-accepts"] = list(accepts)
        if data.get("advanced") is True:
            said["x-advanced"] = True
        return said

    def _known(self, data: Mapping[Any, Any], keys: Mapping[str, str], where: str) -> None:
        for key in data:
            if key not in keys:
                known = f"is not known here; known are {', '.join(sorted(keys))}"
                self._problem(f"{where}.{key}".lstrip("."), known)

    def _is_mapping(self, data: Any, where: str) -> bool:
        if not isinstance(data, dict):
            self._problem(where, "must be a mapping")
        return isinstance(data, dict)

    def _text(self, data: Mapping[str, Any], key: str, where: str) -> str | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            # Without English it stays what the code says.
            return str(value["en"]) if value.get("en") else None
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        self._problem(f"{where}.{key}".lstrip("."), "must be text")
        return None

    def _texts(self, data: Mapping[str, Any], key: str, where: str) -> tuple[str, ...] | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Sequence) and all(isinstance(each, (str, int, float)) for each in value):
            return tuple(str(each) for each in value)
        self._problem(f"{where}.{key}".lstrip("."), "must be a list of texts")
        return None

    def _number(self, data: Mapping[str, Any], key: str, where: str) -> float | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e9:
            return value
        self._problem(f"{where}.{key}".lstrip("."), "must be a number above 0")
        return None

    def _whole(self, data: Mapping[str, Any], key: str, where: str) -> int | None:
        value = data.get(key)
        if value is None or (type(value) is int and 0 < value < 1e9):
            return value
        self._problem(f"{where}.{key}".lstrip("."), "must be a whole number above 0")
        return None

    def _flag(self, data: Mapping[str, Any], key: str, where: str) -> bool | None:
        value = data.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._problem(f"{where}.{key}".lstrip("."), "must be true or false")
        return None

    def _choice(self, kind: Any, data: Mapping[str, Any], key: str, where: str) -> Any:
        value = data.get(key)
        if value is None:
            return None
        try:
            return kind(value)
        except ValueError:
            self._problem(f"{where}.{key}".lstrip("."), f"must be one of {', '.join(kind)}")
            return None

    def _problem(self, where: str, message: str) -> None:
        self.problems.append(f"{self.path}: {where} {message}")


def translations_of(tool: Mapping[Any, Any], params: Any) -> dict[str, dict[str, Any]]:
    """What is said of a tool in several languages, by language."""
    found: dict[str, dict[str, Any]] = {}
    for key in ("title", "description", "category"):
        for language, text in languages_of(tool.get(key)).items():
            found.setdefault(language, {})[key] = text
    for name, param in params.items() if isinstance(params, dict) else ():
        for key in ("title", "description"):
            for language, text in languages_of(param.get(key) if isinstance(param, dict) else None).items():
                texts = found.setdefault(language, {}).setdefault("params", {})
                texts.setdefault(str(name), {})[key] = text
    return found


def languages_of(value: Any) -> dict[str, str]:
    """The text in each language; nothing where it is the same in all."""
    return {str(language): str(text) for language, text in value.items()} if isinstance(value, dict) else {}
