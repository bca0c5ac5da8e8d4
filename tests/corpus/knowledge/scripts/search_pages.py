"""Search pages for a text or a regular expression."""
import argparse
import re
from pathlib import Path

BASE = Path(__file__).resolve().parents[1]


def main(argv=None):
    parser = argparse.ArgumentParser(description="Search pages for a text or a regular expression.")
    parser.add_argument("query", help="what to look for")
    parser.add_argument("folder", nargs="?", type=Path, default=BASE / "data")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--regex", action="store_true", help="the query is a regular expression")
    how.add_argument("--word", action="store_true", help="whole words only")
    parser.add_argument("-i", "--ignore-case", action="store_true")
    args = parser.parse_args(argv)
    pattern = args.query if args.regex else re.escape(args.query)
    if args.word:
        pattern = rf"\b{pattern}\b"
    flags = re.IGNORECASE if args.ignore_case else 0
    hits = 0
    for path in sorted(args.folder.rglob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, line, flags):
                hits += 1
                print(f"{path.name}:{number}: {line}")
    return 0 if hits else 1


if __name__ == "__main__":
    raise SystemExit(main())
