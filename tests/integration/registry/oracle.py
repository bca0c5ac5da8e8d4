"""What argparse itself says: run as ``python oracle.py parser|values SCRIPT [ARG…]``, apart from the product's code.

``parser`` prints the actions of the parser at the moment when the script parses; ``values`` prints the namespace that
it gets.
"""

import argparse
import json
import os
import runpy
import sys


def type_name(action, parser):
    kind = action.type
    if isinstance(kind, str):
        kind = parser._registries["type"][kind]
    if kind is None:
        return "str"
    return getattr(kind, "__name__", type(kind).__name__)


def action_as_json(action, parser):
    default = action.default
    return {
        "dest": action.dest,
        "flags": action.option_strings,
        "nargs": action.nargs,
        "kind": type(action).__name__.strip("_"),
        "type": type_name(action, parser),
        "required": action.required,
        "choices": None
        if action.choices is None or isinstance(action, argparse._SubParsersAction)
        else [c for _, c in zip(range(3000), map(plain, action.choices), strict=False)],
        "default": plain(default),
        "default_type": type(default).__name__,
        "const": plain(getattr(action, "const", None)),
        "help": action.help,
        "commands": commands(action) if isinstance(action, argparse._SubParsersAction) else None,
    }


def commands(action):
    seen, found = set(), {}
    for name, parser in action.choices.items():
        if id(parser) not in seen:
            seen.add(id(parser))
            found[name] = parser_as_json(parser)
    return found


def parser_as_json(parser):
    return {
        "actions": [action_as_json(a, parser) for a in parser._actions],
        "groups": [
            {"required": g.required, "dests": [a.dest for a in g._group_actions]}
            for g in parser._mutually_exclusive_groups
        ],
    }


def plain(value):
    if value is None or (isinstance(value, (bool, int, float, str)) and type(value).__module__ == "builtins"):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    try:
        return f"<{type(value).__name__}> {value}"
    except ValueError:
        return "<nasty>"


def main():
    what, script, *arguments = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    real = argparse.ArgumentParser.parse_known_args
    depth = 0

    def finish(data):
        out.write(json.dumps(data))
        out.flush()
        os._exit(0)

    def look(name, method):
        def parse(self, args=None, namespace=None):
            nonlocal depth
            if name == "parse_known_args" and "two_parsers" in script and self.add_help is False:
                return real(self, args, namespace)
            if what == "parser":
                finish(parser_as_json(self))
            depth += 1
            try:
                answer = method(self, args, namespace)
            finally:
                depth -= 1
            if depth == 0:
                found = answer[0] if isinstance(answer, tuple) else answer
                finish({key: plain(value) for key, value in vars(found).items()})
            return answer

        return parse

    for name in ("parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"):
        setattr(argparse.ArgumentParser, name, look(name, getattr(argparse.ArgumentParser, name)))
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")


main()
