"""Commands and exclusive options."""

import argparse
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add an entry")
    add.add_argument("title", help="what it is called")
    add.add_argument("--tag", action="append", default=[], help="words for it")
    remove = commands.add_parser("remove", help="remove an entry")
    remove.add_argument("number", type=int, help="which one")
    group = remove.add_mutually_exclusive_group()
    group.add_argument("--archive", help="folder to keep it in")
    group.add_argument("--purge", action="store_true", help="keep nothing")
    arguments = parser.parse_args()
    Path("result.json").write_text(json.dumps(vars(arguments)), "utf-8")


main()
