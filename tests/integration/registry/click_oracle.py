"""What click or typer itself says: run as ``python click_oracle.py SCRIPT ATTRIBUTE [ARG…]``, apart from the product's code.

Prints, for each level from the program to the command that does the work, its params as click has read them, with how
click describes each. ``ATTRIBUTE`` names the command of a file that starts none itself; it is empty otherwise.
"""

import contextlib
import enum
import importlib
import json
import os
import runpy
import sys


def plain(value):
    if value is None or isinstance(value, (bool, int, float)) or type(value) is str:
        return value
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    return str(value)


def info_of(param):
    with contextlib.suppress(Exception):
        return {
            key: plain(value) for key, value in param.to_info_dict().items() if not isinstance(value, dict)
        } | {
            "kind": type(param.type).__name__,
            "choices": [plain(each) for each in getattr(param.type, "choices", ())],
            "bounds": [getattr(param.type, "min", None), getattr(param.type, "max", None)],
        }
    return None


def levels_of(context):
    levels: list[object] = []
    while context is not None:
        params: dict[str, list[object]] = {}
        for param in context.command.get_params(context):
            params.setdefault(param.name, []).append(info_of(param))
        levels.insert(
            0,
            {
                "name": context.info_name,
                "values": {name: plain(value) for name, value in context.params.items()},
                "params": params,
            },
        )
        context = context.parent
    return levels


def main():
    script, attribute, *arguments = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(script)
    for home in ("click.core", "typer._click.core"):
        try:
            command = importlib.import_module(home).Command
        except ImportError:
            continue

        def invoke(self, context, real=command.invoke):
            # A group hands on before it is done; the innermost command is the one without others below it.
            if hasattr(self, "list_commands") and context.invoked_subcommand is not None:
                return real(self, context)
            out.write(json.dumps(levels_of(context)))
            out.flush()
            os._exit(0)

        command.invoke = invoke
    found = runpy.run_path(script, run_name="__main__")
    if attribute:
        found[attribute]()


main()
