"""From what the reader answered to tools."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..core.folders import is_shared
from ..core.ids import ToolName
from ..core.interpreters import Interpreter
from ..core.limits import KEYS, SPACE
from ..core.lines import line_from_json
from ..core.programs import Program, ProgramLine, Word
from ..core.retries import Retry
from ..core.tools import Delivery, Entry, Policy, Tool, ToolError, ToolKind, View, version_of
from .executables import is_description, name_of
from .notebooks import ENDING
from .settings import Settings, ToolSettings
from .sources import Source

Json = Any
EMPTY_SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {},
    "additionalProperties": False,
    "x-order": [],
}
#: Of a script that looks at its arguments itself.
_FREE_SCHEMA: dict[str, Json] = {
    **EMPTY_SCHEMA,
    "properties": {
        "arguments": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "title": "Arguments",
            "description": "What follows the script's name on its command line, one by one.",
        }
    },
    "x-order": ["arguments"],
}
_UNBUILT = "Its environment is built by its first run, which does nothing else: the params of the tool are known then."
_LONGEST_TITLE = 64
_FOR_NOTEBOOKS = (
    "warm and kernel in toolbox.yaml are for notebooks alone: a function says @tool(warm=True) itself, "
    "and a script's process ends with its run."
)
_DASHES = ("-", "–", "—", ":")


@dataclass(frozen=True)
class Origin:
    """Which file or module of which toolbox an answer is about."""

    source: Source
    settings: Settings
    item: str

    @property
    def toolbox(self) -> str:
        return self.settings.name or self.source.name

    @cached_property
    def path(self) -> Path | None:
        return None if self.source.module else Path(self.item)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Sub-folders of the toolbox that lead to the file."""
        if self.path is None or self.source.folder is None or self.source.file:
            return ()
        return self.path.parent.relative_to(self.source.folder).parts

    def category(self, declared: str | None = None) -> str:
        own = declared or (self.folders[0] if self.folders else "")
        known = self.settings.categories
        if own and (title := known.get("/".join(self.folders)) or known.get(own)):
            return title
        if declared:
            return declared
        return pretty(own) if own else self.toolbox_title

    def category_translations(self, declared: str | None = None) -> Mapping[str, str]:
        """The category in other languages, where they are said."""
        own = declared or (self.folders[0] if self.folders else "")
        known = self.settings.category_translations
        return known.get("/".join(self.folders)) or known.get(own) or {}

    @property
    def toolbox_title(self) -> str:
        return self.settings.title or pretty(self.toolbox)


def tools_of(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    """The tools of one file or module; one with an error where it can't be read."""
    if origin.path is None:
        return _module_tools(origin, answer)
    if is_description(str(origin.path)):
        tools = [_executable(origin, answer)]
        return [] if _is_hidden(origin, tools[0]) or _hides_itself(answer) else tools
    if origin.path.suffix == ENDING:
        return [tool for tool in _notebook_tools(origin, answer) if not _is_hidden(origin, tool)]
    source = answer.get("source")
    if source is None:
        return [_broken(origin, _error_of(answer.get("failure"), origin.path), answer)]
    if source["kind"] == "broken":
        return [_broken(origin, ToolError(**source["error"]), answer)]
    tools = _function_tools(origin, answer) if source["functions"] else []
    if source["kind"] == "script":
        tools += _command_tools(origin, answer) or [_script(origin, answer)]
    return [tool for tool in tools if not _is_hidden(origin, tool)]


def _is_hidden(origin: Origin, tool: Tool) -> bool:
    return origin.settings.of(tool.short_name, tool.name).hidden


def pretty(name: str) -> str:
    """``build_graph`` as ``Build graph``."""
    words = re.sub(r"[_\-.\s]+", " ", name).strip()
    return words[:1].upper() + words[1:] if words else name


# -- scripts --------------------------------------------------------------------------------------------------------


def _script(origin: Origin, answer: Mapping[str, Json]) -> Tool:
    path = origin.path
    assert path is not None
    source, failure = answer["source"], answer.get("failure")
    described, notice = _reading_of(answer)
    error = None
    if failure and answer.get("described") is None:
        imports = failure["message"].startswith(("ModuleNotFoundError", "ImportError", "SyntaxError"))
        reads = (source["parses"] or source["commands"]) and not failure.get("unbuilt")
        if imports or (described is None and reads and "without parsing" not in failure["message"]):
            error, notice = _error_of(failure, path), None
    name = ".".join([*origin.folders, path.stem])
    text = source["docstring"] or (described or {}).get("description", "")
    schema = described["schema"] if described else EMPTY_SCHEMA
    line = line_from_json(described["command_line"]) if described else None
    learns = described is None and _has_unread_params(answer)
    if learns:
        notice = _UNBUILT
    if described is None and not error and not learns and (source["reads_argv"] or source["foreign"]):
        schema, line = _FREE_SCHEMA, ProgramLine(words=(Word(param="arguments"),), limited=False)
        notice = notice or _free_notice(source["foreign"])
    return _tool(
        origin,
        answer,
        name=name,
        kind=ToolKind.SCRIPT,
        title=_title_of((described or {}).get("description", ""), source["docstring"], path),
        description=(described or {}).get("description") or text,
        schema=schema,
        entry=_with_interpreter(replace(_entry(path, answer), command_line=line), answer, learns=learns),
        error=error,
        notice=notice,
        shape=(described or {}).get("shape", ""),
    )


def _entry(path: Path, answer: Mapping[str, Json]) -> Entry:
    return Entry(
        path=str(path),
        root=answer.get("root") or str(path.parent),
        preload=tuple(answer["source"]["preload"]),
        files=_files(path, answer),
    )


def _with_interpreter(entry: Entry, answer: Mapping[str, Json], *, learns: bool = False) -> Entry:
    """With the Python that the script names; while its params are not known a run only builds that."""
    if (named := answer.get("interpreter")) is None:
        return entry
    interpreter = replace(Interpreter.from_json(named), only_builds=learns)
    return replace(entry, interpreter=interpreter, preload=())


def _has_unread_params(answer: Mapping[str, Json]) -> bool:
    """Whether params can only be known once the environment is there."""
    unbuilt = bool((answer.get("failure") or {}).get("unbuilt"))
    return unbuilt and bool(answer["source"]["parses"] or answer["source"]["commands"])


def _free_notice(foreign: Sequence[str]) -> str | None:
    if not foreign:
        return None
    return f"Its arguments are read by {foreign[0]}: give them as on its command line, one by one."


def _reading_of(answer: Mapping[str, Json]) -> tuple[Json, str | None]:
    """The description of the parser, and what to say where it was not read by running."""
    if described := answer.get("described"):
        failure = answer.get("failure")
        return described, None if failure is None else _static_notice(failure)
    static, failure = answer.get("static"), answer.get("failure")
    if static is None or failure is None:
        return static, None
    return static, _static_notice(failure)


def _static_notice(failure: Mapping[str, Json]) -> str:
    if failure.get("unbuilt"):
        return "Its environment is built by its first run; until then its params are what its text shows."
    return (
        f"The params were read from the text of the script, since {_uncapitalised(failure['message'])}. "
        "What the script computes may be missing."
    )


def _uncapitalised(text: str) -> str:
    text = " ".join(text.split())
    return text if text.startswith("it ") or " " not in text else f"running it for reading failed: {text}"


def _title_of(described: str, docstring: str, path: Path) -> str:
    """The first line that is short enough, without the file's own name before it."""
    for text in (docstring, described):
        line = text.strip().partition("\n")[0].strip()
        for name in (path.name, path.stem):
            rest = line.removeprefix(name).lstrip()
            if rest != line and rest[:1] in _DASHES:
                line = rest.lstrip("-–—: ")
        if line and len(line) <= _LONGEST_TITLE:
            return line.rstrip(".")
    return pretty(path.stem)


def _files(path: Path, answer: Mapping[str, Json]) -> tuple[str, ...]:
    local = [*answer.get("source", {}).get("local", ()), *answer.get("files", ())]
    return tuple(dict.fromkeys([str(path), *sorted(local)]))


# -- commands -------------------------------------------------------------------------------------------------------


def _command_tools(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    """A tool for each command of click or typer; none where nothing is known of them."""
    path, failure = origin.path, answer.get("failure")
    assert path is not None
    if answer.get("described") is not None:
        return []
    commands, notice, error = answer.get("commands"), None, None
    if commands is None and failure is not None:
        commands, notice = answer.get("static_commands", ()), _static_notice(failure)
        if failure["message"].startswith(("ModuleNotFoundError", "ImportError", "SyntaxError")):
            notice, error = None, _error_of(failure, path)
    entry = _with_interpreter(_entry(path, answer), answer)
    stem = [*origin.folders, path.stem]
    return [
        _command(origin, answer, each, entry, ".".join(filter(None, [*stem, each["name"]])), notice, error)
        for each in commands or ()
    ]


def _command(
    origin: Origin,
    answer: Mapping[str, Json],
    described: Mapping[str, Json],
    entry: Entry,
    name: str,
    notice: str | None = None,
    error: ToolError | None = None,
) -> Tool:
    path = origin.path
    if "schema" not in described:
        return _broken(origin, _error_of(described["failure"], path), answer, ToolKind.SCRIPT, name)
    alone = not described["name"]
    docstring = answer["source"]["docstring"] if alone and path is not None else ""
    title = _title_of(
        described["title"] or described["description"], docstring, Path(name.rpartition(".")[2])
    )
    if alone and path is not None:
        title = _title_of(described["title"] or described["description"], docstring, path)
    texts = [described["description"] or docstring, described["epilog"]]
    return _tool(
        origin,
        answer,
        name=name,
        kind=ToolKind.SCRIPT,
        title=title,
        description="\n\n".join(each for each in texts if each),
        schema=described["schema"],
        entry=replace(
            entry,
            attribute=described.get("attribute"),
            command_line=line_from_json(described["command_line"]),
        ),
        text=described.get("text"),
        error=error,
        notice=notice or described["deprecated"] or None,
        shape=described.get("shape", ""),
    )


# -- executables ----------------------------------------------------------------------------------------------------


def _hides_itself(answer: Mapping[str, Json]) -> bool:
    return bool(answer.get("program", {}).get("hidden"))


def _executable(origin: Origin, answer: Mapping[str, Json]) -> Tool:
    path = origin.path
    assert path is not None
    name = ".".join([*origin.folders, name_of(path)])
    failure, described = answer.get("failure"), answer.get("program")
    if described is None:
        return _broken(origin, _error_of(failure, path), answer, ToolKind.EXECUTABLE, name)
    program = Program.from_json(described["program"])
    entry = Entry(
        path=str(path),
        root=answer["root"],
        view=View(described["view"] or View.PRIVATE),
        files=tuple(dict.fromkeys([str(path), *answer.get("files", ())])),
        command_line=line_from_json(described["command_line"]),
        program=program,
    )
    if described["root"]:
        entry = replace(entry, root=_named_root(path.parent, described["root"]) or entry.root)
    policy = Policy(
        delivery=Delivery(described["delivery"] or Delivery.AT_MOST_ONCE),
        time_limit=described["time_limit"],
        **_limits(described),
    )
    if described["max_attempts"]:
        policy = replace(policy, max_attempts=described["max_attempts"])
    if described["max_running"]:
        policy = replace(policy, max_running=described["max_running"])
    if described["retry"]:
        policy = replace(policy, retry=Retry.of(described["retry"]))
    if described.get("reuse") is not None:
        policy = replace(policy, reuse=described["reuse"])
    return _tool(
        origin,
        answer,
        name=name,
        kind=ToolKind.EXECUTABLE,
        title=described["title"] or pretty(name_of(path)),
        description=described["description"] or "",
        schema=described["schema"],
        entry=entry,
        category=described["category"],
        tags=tuple(described["tags"] or ()),
        icon=described["icon"],
        policy=policy,
        translations=described["translations"],
        error=_error_of(failure, path) if failure else None,
    )


def _named_root(folder: Path, wanted: str) -> str | None:
    """The folder that is named from another one; none where it is too much for a tool to take for its own."""
    named = os.path.normpath(folder / os.path.expanduser(wanted))
    return None if is_shared(Path(named)) else named


# -- notebooks ------------------------------------------------------------------------------------------------------


def _notebook_tools(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    """One, where the notebook has a cell of parameters or the toolbox's settings name it."""
    path, notebook = origin.path, answer.get("notebook")
    assert path is not None
    if notebook is None:
        return [_broken(origin, _error_of(answer.get("failure"), path), answer, ToolKind.NOTEBOOK)]
    if notebook["error"]:
        return [_broken(origin, ToolError(**notebook["error"]), answer, ToolKind.NOTEBOOK)]
    name = ".".join([*origin.folders, path.stem])
    named = origin.settings.mentions(name, f"{origin.toolbox}.{name}", path.stem)
    if not named and (notebook["executed"] or not notebook["parameters"]):
        return []
    return [
        _tool(
            origin,
            answer,
            name=name,
            kind=ToolKind.NOTEBOOK,
            title=notebook["title"] or pretty(path.stem),
            description=notebook["description"],
            schema=notebook["schema"] or EMPTY_SCHEMA,
            entry=Entry(
                path=str(path),
                root=answer.get("root") or str(path.parent),
                preload=tuple(notebook["preload"]),
                files=_files(path, answer),
                kernel=notebook["kernel"],
            ),
            policy=Policy(warm=notebook["warm"], reuse=notebook.get("reuse")),
            notice=notebook["notice"],
            shape=version_of(b"", notebook["schema"], str(origin.source.folder or ""))
            if notebook["schema"]
            else "",
        )
    ]


# -- functions ------------------------------------------------------------------------------------------------------


def _function_tools(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    path = origin.path
    assert path is not None
    if "functions" not in answer:
        error = _error_of(answer.get("failure"), path)
        declared = answer["source"].get("declared") or []
        if not declared:
            return [_broken(origin, error, answer, ToolKind.FUNCTION)]
        return [
            _broken(origin, error, answer, ToolKind.FUNCTION, ".".join([*origin.folders, each]))
            for each in declared
        ]
    return [
        _function(origin, answer, each, Entry(path=str(path), files=_files(path, answer)), origin.folders)
        for each in answer["functions"]
    ]


def _module_tools(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    if "functions" not in answer:
        module = origin.source.module or ""
        return [_broken(origin, _error_of(answer.get("failure"), None), answer, ToolKind.FUNCTION, module)]
    files = tuple(answer.get("files", ()))
    functions = [
        _function(origin, answer, each, Entry(path=each["path"], module=each["module"], files=files), ())
        for each in answer["functions"]
    ]
    return functions + [
        _command(
            origin,
            answer,
            each,
            Entry(path=each["path"], module=each["module"], files=files),
            each["name"],
            error=_error_of(each["failure"], None) if "failure" in each else None,
        )
        for each in answer.get("commands", ())
    ]


def _function(
    origin: Origin,
    answer: Mapping[str, Json],
    described: Mapping[str, Json],
    entry: Entry,
    folders: tuple[str, ...],
) -> Tool:
    preload = [*answer.get("source", {}).get("preload", ()), *described["preload"]]
    entry = Entry(
        path=entry.path,
        module=entry.module,
        attribute=described["attribute"],
        root=answer.get("root"),
        preload=tuple(dict.fromkeys(preload)),
        files=entry.files,
    )
    error = described["error"]
    return _tool(
        origin,
        answer,
        name=".".join([*folders, described["name"]]),
        kind=ToolKind.FUNCTION,
        title=described["title"] or pretty(described["name"]),
        description=described["description"],
        schema=described["schema"],
        entry=entry,
        category=described["category"],
        tags=tuple(described["tags"]),
        icon=described["icon"],
        text=described.get("text"),
        shape=described.get("shape", ""),
        policy=Policy(
            delivery=Delivery(described["delivery"]),
            time_limit=described["time_limit"],
            **_limits(described),
            max_attempts=described["max_attempts"],
            max_running=described.get("max_running"),
            retry=Retry.of(described["retry"]) if described.get("retry") else None,
            warm=described.get("warm", False),
            reuse=described.get("reuse"),
        ),
        error=ToolError(message=error["message"], path=entry.path, line=described["line"], hint=error["hint"])
        if error
        else None,
    )


# -- all ------------------------------------------------------------------------------------------------------------


def _tool(
    origin: Origin,
    answer: Mapping[str, Json],
    *,
    name: str,
    kind: ToolKind,
    title: str,
    description: str,
    schema: Mapping[str, Json],
    entry: Entry,
    category: str | None = None,
    tags: tuple[str, ...] = (),
    icon: str | None = None,
    policy: Policy = Policy(),
    error: ToolError | None = None,
    notice: str | None = None,
    text: str | None = None,
    shape: str = "",
    translations: Mapping[str, Mapping[str, Json]] | None = None,
) -> Tool:
    full = f"{origin.toolbox}.{name}"
    said, defaults = origin.settings.of(name, full, name.rpartition(".")[2]), origin.settings.defaults
    entry = _with_root(origin, entry, said, defaults)
    schema = _with_params(schema, said)
    policy = Policy(
        delivery=said.delivery or defaults.delivery or policy.delivery,
        time_limit=said.time_limit or defaults.time_limit or policy.time_limit,
        **_first_said(said, policy, defaults),
        max_attempts=said.max_attempts or defaults.max_attempts or policy.max_attempts,
        max_running=said.max_running or defaults.max_running or policy.max_running,
        retry=said.retry or policy.retry or defaults.retry,
        warm=_is_warm(kind, policy, said, defaults),
        reuse=next((each for each in (said.reuse, policy.reuse, defaults.reuse) if each is not None), None),
    )
    if kind is not ToolKind.NOTEBOOK and (said.warm is not None or said.kernel):
        notice = " ".join(filter(None, [notice, _FOR_NOTEBOOKS]))
    title, description = said.title or title, said.description or description
    version = version_of(
        str(answer.get("digest", "")).encode(),
        {
            "name": full,
            "shape": shape,
            "params": dict(said.params),
            "title": title,
            "description": description,
            "view": entry.view,
            **(
                {"interpreter": replace(named, only_builds=False).to_json()}
                if (named := entry.interpreter)
                else {}
            ),
            **({"kernel": entry.kernel} if entry.kernel else {}),
            **_settings_that_count(said, defaults),
            **({"imported": unseen} if (unseen := _imported_unseen(answer)) else {}),
        },
        str(origin.source.folder or ""),
    )
    return Tool(
        name=ToolName(full),
        toolbox=origin.toolbox,
        title=title,
        kind=kind,
        description=description,
        category=origin.category(said.category or category),
        tags=said.tags if said.tags is not None else tags,
        icon=said.icon or icon or "",
        translations={**(translations or {}), **_translations(origin, said, category)},
        params_schema=schema,
        entry=entry,
        policy=policy,
        source=text if text is not None else answer.get("text", ""),
        code={**answer.get("code", {}), **answer.get("imported_code", {})},
        version=version,
        error=error,
        notice=notice,
    )


def _settings_that_count(said: ToolSettings, defaults: ToolSettings) -> dict[str, Json]:
    """What the settings say of how a run is made, where they do: a run keeps to those that it was made with."""
    names = ("root", "delivery", *KEYS, "max_attempts", "retry", "warm")
    pairs = ((name, getattr(said, name) or getattr(defaults, name)) for name in names)
    return {name: value for name, value in pairs if value}


def _limits(described: Mapping[str, Json]) -> dict[str, Json]:
    return {key: described[key] for key in SPACE if described.get(key) is not None}


def _first_said(*places: ToolSettings | Policy) -> dict[str, Json]:
    """Limits, each from the first place that names it."""
    return {key: next(filter(None, (getattr(each, key) for each in places)), None) for key in SPACE}


def _imported_unseen(answer: Mapping[str, Json]) -> list[str]:
    """Digests of what was imported though the text does not show it: the digest of the source has the rest."""
    seen = answer.get("code", {})
    return sorted(digest for path, digest in answer.get("imported_code", {}).items() if path not in seen)


def _is_warm(kind: ToolKind, policy: Policy, said: ToolSettings, defaults: ToolSettings) -> bool:
    if kind is not ToolKind.NOTEBOOK:
        return policy.warm
    return next((each for each in (said.warm, defaults.warm) if each is not None), policy.warm)


def _translations(
    origin: Origin, said: ToolSettings, category: str | None
) -> Mapping[str, Mapping[str, Json]]:
    translations = {language: dict(texts) for language, texts in said.translations.items()}
    for language, text in origin.category_translations(said.category or category).items():
        translations.setdefault(language, {}).setdefault("category", text)
    return translations


def _with_root(origin: Origin, entry: Entry, said: ToolSettings, defaults: ToolSettings) -> Entry:
    view = said.view or defaults.view or entry.view
    root = entry.root
    wanted = said.root or defaults.root
    if wanted and origin.source.folder is not None:
        root = _named_root(origin.source.folder, wanted) or root
    kernel = said.kernel or defaults.kernel or entry.kernel
    return replace(entry, view=View(view), root=root, kernel=kernel)


def _with_params(schema: Mapping[str, Json], said: ToolSettings) -> Mapping[str, Json]:
    if not said.params:
        return schema
    properties = dict(schema.get("properties", {}))
    for name, more in said.params.items():
        if name in properties:
            properties[name] = {**properties[name], **more}
    return {**schema, "properties": properties}


def _broken(
    origin: Origin,
    error: ToolError,
    answer: Mapping[str, Json],
    kind: ToolKind = ToolKind.SCRIPT,
    name: str | None = None,
) -> Tool:
    path = origin.path
    if name is None:
        name = ".".join([*origin.folders, path.stem]) if path else origin.source.name
    entry = Entry(path=str(path) if path else None, module=origin.source.module)
    return _tool(
        origin,
        answer,
        name=name,
        kind=kind,
        title=pretty(name.rpartition(".")[2]),
        description="",
        schema=EMPTY_SCHEMA,
        entry=entry,
        error=error,
    )


def _error_of(failure: Mapping[str, Json] | None, path: Path | None) -> ToolError:
    failure = failure or {"message": "it could not be read"}
    message = failure["message"]
    return ToolError(
        message=f"It can't be read: {message}" if message.startswith("it ") else message,
        path=str(path) if path else None,
        line=failure.get("line"),
        hint=failure.get("hint"),
        traceback=failure.get("traceback"),
    )
