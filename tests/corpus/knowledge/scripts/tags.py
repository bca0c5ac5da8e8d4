"""Tags: list, rename, count."""
import argparse
import json
from collections import Counter
from pathlib import Path

BASE = Path(__file__).parent / ".."
DATA = (BASE / "data").resolve()


def tags_of(text):
    return [w[1:] for w in text.split() if w.startswith("#") and len(w) > 1 and w[1] != "#"]


def do_list(args):
    found = {p.stem: tags_of(p.read_text(encoding="utf-8")) for p in DATA.rglob("*.md")}
    print(json.dumps(found, ensure_ascii=False, sort_keys=True))


def do_count(args):
    count = Counter(t for p in DATA.rglob("*.md") for t in tags_of(p.read_text(encoding="utf-8")))
    for tag, n in count.most_common(args.limit):
        if n >= args.at_least:
            print(tag, n)


def do_rename(args):
    for path in DATA.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        if f"#{args.old}" in text:
            print("would change" if args.dry_run else "changed", path.name)
            if not args.dry_run:
                path.write_text(text.replace(f"#{args.old}", f"#{args.new}"), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True, help="what to do")
    one = commands.add_parser("list", aliases=["ls"], help="all tags of each page")
    one.set_defaults(run=do_list)
    one = commands.add_parser("count", help="how often each tag is used")
    one.add_argument("--limit", type=int)
    one.add_argument("--at-least", type=int, default=1)
    one.set_defaults(run=do_count)
    one = commands.add_parser("rename", help="give a tag another name")
    one.add_argument("old")
    one.add_argument("new")
    one.add_argument("-n", "--dry-run", action="store_true")
    one.set_defaults(run=do_rename)
    args = parser.parse_args()
    args.run(args)
