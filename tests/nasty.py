"""Values that break what is careless with them, by name; all are text, for any field that takes text.

``TEXTS`` are for every surface: REST, form, command line, Python. What a command line can't carry anywhere (NUL, half
surrogate pairs) is in ``NOT_FOR_ARGV``.
"""

from __future__ import annotations

import argparse

TEXTS: dict[str, str] = {
    "empty": "",
    "space": " ",
    "spaces around": "  x  ",
    "tab": "a\tb",
    "newline": "a\nb",
    "only a newline": "\n",
    "trailing newline": "a\n",
    "windows newline": "a\r\nb",
    "carriage return": "a\rb",
    "vertical tab and form feed": "a\x0bb\x0cc",
    "single quote": "'",
    "double quote": '"',
    "both quotes": 'it\'s "quoted"',
    "triple quotes": "'''\"\"\"",
    "backtick": "`id`",
    "backslash": "\\",
    "trailing backslash": "a\\",
    "escape sequence as text": "\\n\\x00\\u0000",
    "dollar": "$HOME ${PATH} $(id)",
    "percent": "100% %s %(default)s %%",
    "braces": "{} {0} {x!r} {{",
    "semicolon and pipe": "a; rm -rf / | cat && true",
    "glob": "* ? [a-z] ~",
    "hash": "# not a comment",
    "equals": "=",
    "key and value": "a=b=c",
    "comma": "a,b,,c",
    "colon": "a:b",
    "at": "@file.txt",
    "plus": "+x",
    "slash": "/x",
    "dash": "-",
    "two dashes": "--",
    "three dashes": "---",
    "short option": "-x",
    "short option with value": "-xvalue",
    "long option": "--help",
    "option with value": "--opt=value",
    "option with space": "-x y",
    "negative integer": "-1",
    "negative float": "-1.5",
    "negative exponent": "-1e-5",
    "help": "-h",
    "none": "None",
    "null": "null",
    "true": "True",
    "lower false": "false",
    "nan": "nan",
    "infinity": "-Infinity",
    "integer": "3",
    "zeros": "007",
    "float": "1e309",
    "underscore number": "1_000",
    "json list": '["a", 1, null]',
    "json object": '{"a": {"b": [1, {"c": "d"}]}}',
    "broken json": '{"a": ',
    "python import": "__import__('os').system('x')",
    "template": "{{ 7 * 7 }} {% raw %} <%= 1 %>",
    "html": "<script>alert(1)</script>&amp;",
    "sql": "'; DROP TABLE runs; --",
    "format string": "%n%s%x",
    "path": "../../etc/passwd",
    "windows path": "C:\\Users\\new",
    "url": "https://example.org/?a=b&c=d#e",
    "cyrillic": "Привет, мир: ё Й й",
    "combining": "e\u0301 vs \u00e9",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 😀",
    "bidi": "abc\u202edef\u202c \u2066x\u2069 שלום",
    "zero width": "a\u200bb\ufeffc",
    "line separators": "a\u2028b\u2029c\x85d",
    "control characters": "\x01\x02\x1b[31mred\x1b[0m\x7f",
    "non characters": "\ufffe\uffff",
    "astral": "\U0001f600\U00020000\U0010ffff",
    "chinese": "漢字仮名交じり文",
    "ansi": "\x1b]0;title\x07",
    "long": "x" * 100_000,
    "megabyte": "ab\n\"'" * 210_000,
    "deep brackets": "[" * 1000 + "]" * 1000,
    "nul": "a\0b",
    "only nul": "\0",
    "high surrogate": "a\ud83d",
    "low surrogate": "\udc00b",
    "escaped byte": "\udcff",
}

#: Names of values that no command line carries.
NOT_FOR_ARGV = frozenset({"nul", "only nul", "high surrogate", "low surrogate", "escaped byte"})


def _argparse_eats_dashes() -> bool:
    """Before Python 3.12.5 and 3.13.1 a ``--`` disappears even in ``--option=--``."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--x")
    try:
        return bool(parser.parse_args(["--x=--"]).x != "--")
    except (ValueError, argparse.ArgumentError):
        return True


#: Names of values that argparse takes for something else even in ``--option=VALUE``.
NOT_FOR_ARGPARSE = frozenset({"two dashes"}) if _argparse_eats_dashes() else frozenset()

#: Numbers for a field that takes any number.
NUMBERS: dict[str, int | float] = {
    "zero": 0,
    "negative zero": -0.0,
    "one third": 1 / 3,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "negative": -1e-7,
    "beyond doubles": 2**53 + 1,
    "beyond 64 bits": 2**64,
    "hundred digits": 10**100,
}

#: Values that no JSON Schema of a text, number or boolean takes, for any typed field.
WRONG: dict[str, object] = {
    "null": None,
    "list": [],
    "object": {},
    "nested": {"a": [{"b": [None]}]},
}
