"""The page of all keys of ``toolbox.yaml`` and ``NAME.tool.yaml``, from where they are declared."""

from __future__ import annotations

from collections.abc import Mapping

from ..core import retries
from ..registry import descriptions, settings

_TOOLBOX = """\
# What can be said of tools

Scripts and functions say most of themselves. The rest stands in two kinds of small files beside them. Both are looked
at as soon as they are saved; what is wrong in one is told with its place, and hides nothing else.

## `toolbox.yaml`

One for a folder of tools, in that folder. All of it may be left out.

```yaml
title: {en: Our reports, ru: Наши отчёты}
categories: {weekly: Every week}
ignore: [old, "draft_*.py"]
requirements: requirements.txt
policy: {time_limit: 600}
tools:
  build_report:
    title: The report
    interpreter: ../venv/bin/python
    params:
      source: {title: Table, accepts: [.csv, text/csv]}
  cleanup: {hidden: true}
```

"""
_RETRY = """\
### A run that is tried again by itself

`retry: [error, timeout]` has a run that failed so tried again, `max_attempts` times in all: after 10 s, 20 s, 40 s and so
on. Meanwhile it waits, says why and until when, and may be started at once, changed or canceled. A mapping says it more
exactly: `retry: {reasons: [error], backoff: 60, factor: 1}`. `@tool(retry=…)` takes the same. Each attempt keeps its own
log and error. A run whose worker was lost is tried again where `delivery` is `idempotent` or `transactional`: the first
time at once, then after the same pauses.

"""
_PYTHON = """\
### A Python of its own

A script runs in ToolRunner's own Python unless `interpreter`, `environment` or `requirements` name another one. What
the tool's own entry says goes before what the script says of itself, and that before what the toolbox says. A script
says it in a comment, as other tools of Python read it:

```python
# /// script
# requires-python = ">=3.10"
# dependencies = ["networkx==3.2"]
# ///
```

The first run of a tool with requirements builds their environment, which shows in its log; all runs and workers of
the machine share it, and it is built anew when the requirements change. What was resolved is kept beside it, below
`environments` in the data directory, and holds when it has to be built once more: remove the file to get newer
versions. Options of a file of requirements (an index, hashes) hold then too. Files that requirements name (`-c`, a
wheel) count by their content; of a folder (`./package`) only `pyproject.toml`, `setup.py` and `setup.cfg` are looked
into, so change its version when its code changes. uv builds the environment where it is installed, else pip does. The
time that the build takes counts for the run's time limit. The
Python may be any from 3.9 on. A function runs in ToolRunner's own.

"""
_PROGRAM = """\
## `NAME.tool.yaml`

Any program becomes a tool by such a file: a shell script, a binary, something for R, Node or Java. It runs as itself,
without a shell, in its toolbox's folder, with the log, cancel, limits and artifacts of every tool.

```yaml
# top_words.tool.yaml, beside top_words.sh
title: Top words
command:
  - ./top_words.sh
  - {param: count}
  - {param: upper, flag: --upper}
  - {param: stop, flag: --stop, repeat: true}
  - optional: [--from, {param: start}]
  - --
  - {param: text}
params:
  text: {type: file, accepts: [.txt]}
  count: {type: integer, default: 10, minimum: 1}
  upper: boolean
  stop: {type: list, required: false}
  start: {type: date, required: false}
outputs: ["*.tsv"]
```

"""
_PROGRESS = """\
A program can also tell its progress itself, as Python's `progress()` does, by a line of JSON on a channel of its own:

```bash
echo '{"progress": {"done": 1, "total": 3, "text": "half"}}' >&"${TOOLRUNNER_CONTROL%%:*}"
```
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "".join(
        [
            _TOOLBOX,
            _table(settings.KEYS),
            "\n### Of one tool, under `tools`\n\n",
            "By its name in the toolbox. `policy` takes the same of all.\n\n",
            _table(settings.TOOL_KEYS),
            "\n### Of one param of it, under `params`\n\n",
            _table(settings.PARAM_KEYS),
            "\n",
            _RETRY,
            _table(retries.KEYS),
            "\n",
            _PYTHON,
            _PROGRAM,
            _table(descriptions.KEYS),
            "\n### A word of the command\n\n",
            _table(descriptions.WORD_KEYS),
            "\n### A param\n\nIts type alone, a list of its choices, or a mapping:\n\n",
            _table(descriptions.PARAM_KEYS),
            "\n",
            _PROGRESS,
        ]
    )


def _table(keys: Mapping[str, str]) -> str:
    rows = (f"| `{key}` | {text.replace('|', chr(92) + '|')} |\n" for key, text in keys.items())
    return "".join(["| key | what it says |\n|---|---|\n", *rows])
