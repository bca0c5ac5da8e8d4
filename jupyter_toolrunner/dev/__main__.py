"""``python -m jupyter_toolrunner.dev generate`` and ``… seed``."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m jupyter_toolrunner.dev")
    chores = parser.add_subparsers(dest="chore", required=True)
    generate = chores.add_parser("generate", help="write everything that is derived from other sources")
    generate.add_argument(
        "parts", nargs="*", help="some of them: client, openapi, types, version; all of them by default"
    )
    seed = chores.add_parser("seed", help="fill a lively database with runs of the past weeks")
    seed.add_argument("--runs", type=int, default=300, metavar="N")
    given = parser.parse_args()
    if given.chore == "generate":
        from .generate import generate as write

        for path in write(Path.cwd(), given.parts):
            print(path)
    else:
        from .seed import seed as fill

        print(fill(given.runs))


main()
