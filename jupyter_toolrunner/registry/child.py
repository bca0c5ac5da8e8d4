"""What happens in the child that reads one file: look at it, confine itself, run it until it parses, tell what it saw.

Standard library only, but for what the file itself imports and, for functions, pydantic.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import pkgutil
import sys
import sysconfig
import tempfile
import threading
import traceback
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ..core import source_code
from ..core.folders import is_shared
from ..core.secrets import NOT_FOR_TOOLS
from . import clicks, notebooks, sandbox
from .click_statics import commands_in_text
from .describe import describe
from .source import (
    Source,
    bound_by_imports,
    calls_at_end,
    defines_commands,
    has_main_guard,
    inspect_file,
)
from .statics import read_statically

Json = Any
#: Held here, since a script may replace what it likes.
_dumps = json.dumps
_HINTS = {
    "yaml": "pyyaml",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "docx": "python-docx",
    "skimage": "scikit-image",
    "Crypto": "pycryptodome",
    "git": "gitpython",
    "fitz": "pymupdf",
    "pptx": "python-pptx",
    "jwt": "pyjwt",
    "serial": "pyserial",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "attr": "attrs",
    "pkg_resources": "setuptools",
}


_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib"))
_SAMPLE = """
import argparse
p = argparse.ArgumentParser(description="sample")
p.add_argument("word", nargs="*", help="with a default: %(default)s")
p.add_argument("--number", type=int, default=1, choices=[1, 2])
args = p.parse_args()
"""


_NOT_APART = (
    "a function runs in ToolRunner's own Python, and its toolbox names another one",
    "Make it a script; or name the interpreter for the scripts that need it, under “tools” in toolbox.yaml.",
)


class Channel:
    """Where the child tells what it saw; only the process that was forked for it may write."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.owner = os.getpid()

    def say(self, **parts: Json) -> None:
        data = _dumps(parts).encode() + b"\n"
        while data:
            data = data[os.write(self.descriptor, data) :]

    def end(self, **parts: Json) -> NoReturn:
        """Say the last and be gone: whatever the script would do next does not happen."""
        if os.getpid() == self.owner:
            self.say(**parts, done=True)
            os.write(self.descriptor, b"END\n")
        os._exit(0)


def warm_up() -> None:
    """Do once, before any fork, what every child would do for the first time."""
    with tempfile.TemporaryDirectory(prefix="toolrunner-read-") as folder:
        sample = Path(folder) / "sample.py"
        sample.write_text(_SAMPLE)
        _, tree = inspect_file(sample, sample.parent)
        _described_statically(tree)
        compile(sample.read_bytes(), str(sample), "exec", dont_inherit=True)
    gc.collect()
    gc.freeze()
    gc.disable()


def serve(request: Mapping[str, Json], scratch: Path, answers: int, output: int) -> NoReturn:
    """Answer one request; never returns."""
    try:
        sandbox.die_with_parent()
        os.setsid()
        _redirect(output)
        sandbox.limit()
        channel = Channel(_move_up(answers))
        _answer(request, scratch, channel)
    except BaseException:
        with contextlib.suppress(BaseException):
            traceback.print_exc()
    os._exit(70)


def _redirect(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _move_up(descriptor: int) -> int:
    """A number that scripts which close the low descriptors don't meet."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
    os.close(descriptor)
    return moved


def _answer(request: Mapping[str, Json], scratch: Path, channel: Channel) -> None:
    if module := request.get("module"):
        _confine(channel, scratch, None)
        _read_module(module, request.get("attribute"), channel)
        return
    path, toolbox = Path(request["path"]), Path(request["toolbox"])
    if path.suffix == notebooks.ENDING:
        answer, source = notebooks.read(path, toolbox)
        channel.end(**answer, root=str(_root(path, toolbox, source)))
    source, tree = inspect_file(path, toolbox)
    apart = bool(request.get("interpreter"))
    if apart:
        channel.say(depends=[sysconfig.get_path("purelib")])
    root = _root(path, toolbox, source)
    static = _described_statically(tree) if _reads_argparse(source) else None
    channel.say(source=source.to_json(), static=static, root=str(root), **_digests(path, source.local))
    if source.functions or _reads_params(source):
        _confine(channel, scratch, root)
    if source.commands and _reads_params(source):
        channel.say(static_commands=_static_commands(tree, path))
    if request.get("unbuilt"):
        channel.end(failure=_failure("its environment is not built yet", unbuilt=True))
    if source.functions:
        _run_functions(path, toolbox, apart, channel)
    if _reads_params(source):
        _run_script(path, toolbox, source, scratch, channel, request.get("arguments", []))
    channel.end()


def _reads_argparse(source: Source) -> bool:
    return source.kind == "script" and source.parses


def _reads_params(source: Source) -> bool:
    return source.kind == "script" and (source.parses or source.commands)


def _described_statically(tree: Any) -> Json:
    try:
        parser = read_statically(tree)
        return describe(parser) if parser is not None else None
    except Exception:
        return None


def _confine(channel: Channel, scratch: Path, root: Path | None) -> None:
    try:
        held = sandbox.confine(scratch, root)
    except sandbox.NotConfined as error:
        channel.end(failure=_failure(f"scripts can't be run for reading: {error}"))
    channel.say(confinement={"landlock": held.landlock, "namespace": held.namespace, "view": held.view})
    os.environ.update(
        TMPDIR=str(scratch), MPLCONFIGDIR=str(scratch), MPLBACKEND="Agg", PYTHONDONTWRITEBYTECODE="1"
    )
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    for name in [name for name in os.environ if name.startswith("TOOLRUNNER_") or name in NOT_FOR_TOOLS]:
        del os.environ[name]
    sys.dont_write_bytecode = True
    tempfile.tempdir = None
    with contextlib.suppress(OSError):
        os.chdir(scratch)


def _root(path: Path, toolbox: Path, source: Source) -> Path:
    """The toolbox folder, or the one above it that the script or a module of it names; never a home or ``/``."""
    root = toolbox.resolve()
    for file, height in [(str(path), source.climbs), *source.heights]:
        # Scripts mostly resolve links before they climb.
        named = _climbed(Path(file).resolve(), height)
        if root.is_relative_to(named) and not is_shared(named):
            root = named
    return root


def _climbed(path: Path, climbs: int) -> Path:
    return path.parents[min(climbs, len(path.parents) - 1)]


# -- scripts --------------------------------------------------------------------------------------------------------


def _run_script(
    path: Path, toolbox: Path, source: Source, scratch: Path, channel: Channel, arguments: list[str]
) -> None:
    """Run the file as ``python file`` would, up to the moment when it parses."""

    def local() -> dict[str, Json]:
        return _imported(path, toolbox)

    _intercept(source.parse_calls > 1, scratch, local, channel)
    if source.commands:
        clicks.intercept(
            lambda command: channel.end(commands=_commands(command, path, str(scratch)), **local())
        )
    gc.enable()
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.parent))
    module = types.ModuleType("__main__")
    module.__file__ = str(path)
    sys.modules["__main__"] = module
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
        _wait_for_threads()
    except BaseException as error:
        channel.end(failure=_explained(error, path), **local())
    if source.commands and (found := _commands_of(module.__dict__, set(source.imported), path, str(scratch))):
        channel.end(commands=found, **local())
    channel.end(failure=_failure("it ended without parsing any arguments", retry=True), **local())


def _commands(root: Any, path: Path | None, scratch: str) -> list[dict[str, Json]]:
    """Each leaf of a command or group; one that does not load with what is wrong."""
    described = []
    for each in clicks.describe_commands(root, scratch):
        if error := each.pop("error", None):
            each["failure"] = _explained(error, path)
        described.append(each)
    return described


def _commands_of(
    namespace: Mapping[str, Any], imported: set[str], path: Path | None, scratch: str
) -> list[dict[str, Json]]:
    """The commands that a file or module defines and leaves to others to start."""
    roots = list(clicks.roots_of(namespace, imported))
    return _named((name, root, _commands(root, path, scratch)) for name, root in roots)


def _named(roots: Iterable[tuple[str, Any, list[dict[str, Json]]]]) -> list[dict[str, Json]]:
    """All leaves with where they start; those of several roots are told apart by the name of each."""
    roots = list(roots)
    found = []
    for name, root, leaves in roots:
        own = str(getattr(root, "name", None) or name) if len(roots) > 1 else ""
        found += [
            {**each, "attribute": name, "name": ".".join(filter(None, [own, each["name"]]))}
            for each in leaves
        ]
    return found


def _static_commands(tree: Any, path: Path) -> list[dict[str, Json]]:
    """The leaves that the text shows; of a file that starts one itself, those of the largest."""
    roots = commands_in_text(tree, path)
    if not has_main_guard(tree) and not calls_at_end(tree, {name for name, _, _ in roots}):
        return _named(roots)
    return max((leaves for _, _, leaves in roots), key=len, default=[])


def _wait_for_threads() -> None:
    """As Python does at its end: one of them may be the one that parses."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _intercept(several: bool, scratch: Path, local: Callable[[], dict[str, Json]], channel: Channel) -> None:
    """Parsing describes the parser and ends the process."""
    earlier: list[dict[str, Json]] = []
    base = argparse.ArgumentParser

    def intercepted(method: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def parse(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
            given = list(args) if args is not None else []
            if given and given != sys.argv[1:]:
                return real(self, args, namespace)
            described = describe(self, method, str(scratch))
            if several and method == "parse_known_args" and len(earlier) < 3:
                earlier.append(described)
                channel.say(described=_with_earlier(described, earlier[:-1]))
                return real(self, [], namespace)
            return channel.end(described=_with_earlier(described, earlier), **local())

        return parse

    # In the outer methods' place first: each calls the next one in.
    for method in ("parse_args", "parse_intermixed_args", "parse_known_intermixed_args", "parse_known_args"):
        setattr(base, method, intercepted(method, getattr(base, method)))


def _with_earlier(described: dict[str, Json], earlier: list[dict[str, Json]]) -> dict[str, Json]:
    """Options of a first parser that looks ahead are options of the script too."""
    for each in earlier:
        schema, line = described["schema"], described["command_line"]["parser"]
        known = set(schema["properties"]) | {a["dest"] for a in line["arguments"]}
        flags = {flag for a in line["arguments"] for flag in a["flags"]}
        for argument in each["command_line"]["parser"]["arguments"]:
            name = argument["field"]
            if name in known or not argument["flags"] or flags & set(argument["flags"]):
                continue
            schema["properties"][name] = each["schema"]["properties"][name]
            schema["x-order"].append(name)
            line["arguments"].append(argument)
            if argument["required"]:
                schema.setdefault("required", []).append(name)
    return described


# -- functions ------------------------------------------------------------------------------------------------------


def _run_functions(path: Path, toolbox: Path, apart: bool, channel: Channel) -> None:
    """Import the file as a module and say what its functions are; only ToolRunner's own Python can."""
    if apart:
        channel.say(failure=_failure(*_NOT_APART))
        return
    from .functions import describe_function, tools_of

    sys.argv = [str(path)]
    sys.path.insert(0, str(path.parent))
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else "toolbox_file"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except BaseException as error:
        channel.end(failure=_explained(error, path), **_imported(path, toolbox))
    described = {
        attribute: {**describe_function(function), "attribute": attribute}
        for attribute, function in tools_of(module.__dict__, name).items()
    }
    channel.say(functions=list(described.values()), **_imported(path, toolbox))


def _read_module(name: str, attribute: str | None, channel: Channel) -> None:
    from .functions import describe_function, tools_of

    try:
        module = importlib.import_module(name)
        modules = [module, *_submodules(module)] if attribute is None else [module]
    except BaseException as error:
        failure = _explained(error, None)
        if isinstance(error, ModuleNotFoundError) and error.name == name.partition(".")[0]:
            failure = _failure(f"There is neither a folder nor a module {name}")
        channel.end(failure=failure, files=[])
    found: dict[str, Json] = {}
    for each in modules:
        namespace = each.__dict__ if attribute is None else {attribute: _attribute(each, attribute, channel)}
        for key, function in tools_of(namespace).items():
            identity = f"{function.__module__}:{getattr(function, '__name__', key)}"
            if identity in found:
                continue
            home = sys.modules.get(function.__module__, each)
            found[identity] = {
                **describe_function(function),
                "attribute": key,
                "module": each.__name__,
                "path": getattr(home, "__file__", None),
                "text": _text_of_file(getattr(home, "__file__", None)),
            }
    commands = _commands_of_module(module, attribute, channel)
    if attribute is not None and not found and not commands:
        failure = _failure(
            f"{name}:{attribute} is neither a function with @tool nor a command of click or typer"
        )
        channel.end(failure=failure, files=[])
    files = _package_files(name)
    channel.end(
        functions=list(found.values()), commands=commands, **_digests(None, files), files=files,
        title=_module_title(module),
    )  # fmt: skip


def _commands_of_module(module: Any, attribute: str | None, channel: Channel) -> list[dict[str, Json]]:
    """The commands below one object, or all that the module itself defines."""
    file = getattr(module, "__file__", None)
    path, scratch = Path(file) if file else None, tempfile.gettempdir()
    place = {"module": module.__name__, "path": file, "text": _text_of_file(file)}
    if attribute is not None:
        root = clicks.command_of(_attribute(module, attribute, channel))
        if root is None:
            return []
        alone = str(getattr(root, "name", None) or attribute).replace("_", "-")
        return [
            {**each, "name": each["name"] or alone, "attribute": attribute, **place}
            for each in _commands(root, path, scratch)
        ]
    tree = inspect_file(path, path.parent)[1] if path is not None and path.suffix == ".py" else None
    if tree is None or not defines_commands(tree):
        return []
    found = _commands_of(vars(module), set(bound_by_imports(tree)), path, scratch)
    return [{**each, "name": each["name"] or each["attribute"], **place} for each in found]


def _attribute(module: Any, attribute: str, channel: Channel) -> Any:
    try:
        return getattr(module, attribute)
    except AttributeError:
        channel.end(failure=_failure(f"module {module.__name__} has no attribute {attribute}"), files=[])


def _submodules(module: Any) -> list[Any]:
    """Modules one level below a package whose source mentions our decorator."""
    found = []
    for info in pkgutil.iter_modules(getattr(module, "__path__", [])):
        name = f"{module.__name__}.{info.name}"
        try:
            spec = importlib.util.find_spec(name)
            if spec and spec.origin and b"jupyter_toolrunner" in Path(spec.origin).read_bytes():
                found.append(importlib.import_module(name))
        except (ImportError, OSError, ValueError):
            continue
    return found


def _module_title(module: Any) -> str:
    text = (module.__doc__ or "").strip().partition("\n")[0]
    return text.rstrip(".")[:200]


def _package_files(name: str) -> list[str]:
    top = name.partition(".")[0]
    files = []
    for each, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        wanted = (
            each == name
            or each.startswith(f"{name}.")
            or (top != "jupyter_toolrunner" and each.startswith(f"{top}."))
        )
        if path and wanted and Path(path).suffix == ".py":
            files.append(str(path))
    return sorted(set(files))[:300]


# -- files and failures ---------------------------------------------------------------------------------------------


def _local_files(path: Path, toolbox: Path) -> list[str]:
    """Files beside the script that were imported while it ran."""
    package = str(Path(__file__).parent.parent)
    folders = [str(path.parent), str(toolbox)]
    files = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py") or file == str(path):
            continue
        inside = any(file.startswith(folder + os.sep) for folder in folders)
        if inside and not any(file.startswith(str(each) + os.sep) for each in (*_LIBRARIES, package)):
            files.add(file)
    return sorted(files)[:300]


def _imported(path: Path, toolbox: Path) -> dict[str, Json]:
    """What was imported from beside the script, whether or not its text shows that."""
    files = _local_files(path, toolbox)
    return {"files": files, "imported_code": source_code.digests(files)}


def _digests(path: Path | None, local: list[str]) -> dict[str, Json]:
    """One digest over the file and what it imports beside itself, that of each, and the file's text."""
    digest = hashlib.sha256()
    text = ""
    if path is not None:
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            digest.update(data)
            text = data[: 1 << 20].decode(errors="replace")
    for each in sorted(local):
        with contextlib.suppress(OSError):
            digest.update(b"\0" + Path(each).read_bytes())
    code = source_code.digests([*([str(path)] if path is not None else ()), *local])
    return {"digest": digest.hexdigest(), "text": text, "code": code}


def _text_of_file(path: str | None) -> str:
    text: str = _digests(Path(path), [])["text"] if path else ""
    return text


def _failure(message: str, hint: str | None = None, **more: Json) -> dict[str, Json]:
    return {"message": message, "line": None, "hint": hint, "traceback": None, **more}


def _explained(error: BaseException, path: Path | None) -> dict[str, Json]:
    """What happened, where in the file, and what helps."""
    message = f"{type(error).__name__}: {_text(error)}".rstrip(": ")
    hint = None
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else _text(error) or 0
        message = f"it exits ({code}) before it parses its arguments"
    elif isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        hint = f"pip install {_HINTS.get(top, top)}"
    elif isinstance(error, (PermissionError, OSError)) and getattr(error, "errno", None) in (1, 13, 30):
        hint = "It writes while it is read; move that below the parsing of its arguments."
    line = None
    frames: list[traceback.FrameSummary] = []
    with contextlib.suppress(Exception):
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if path is None or frame.filename == str(path)]
        line = own[-1].lineno if own else None
        if isinstance(error, SyntaxError) and path is not None and error.filename == str(path):
            line = error.lineno
    text = ""
    with contextlib.suppress(Exception):
        shown = [frame for frame in frames if frame.filename != __file__]
        text = "".join(traceback.format_list(shown)) + message
    failure = _failure(message[:2000], hint, retry=isinstance(error, SystemExit))
    return {**failure, "line": line, "traceback": text[-8000:] or None}


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
