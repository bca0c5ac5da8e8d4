"""Build a search index (SQLite) of all pages."""
import argparse
import sqlite3
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DB = ROOT / "reports" / "index.db"


def main() -> int:
    parser = argparse.ArgumentParser(prog="index", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rebuild", "-r", action="store_true", help="start anew")
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--ext", action="append", help="endings of pages, .md if none is given")
    args, unknown = parser.parse_known_args()
    DB.parent.mkdir(exist_ok=True)
    if args.rebuild:
        DB.unlink(missing_ok=True)
    with sqlite3.connect(DB) as db:
        db.execute("create table if not exists pages (name text primary key, body text)")
        rows = [
            (str(p.relative_to(ROOT)), p.read_text(encoding="utf-8"))
            for ext in args.ext or [".md"]
            for p in (ROOT / "data").rglob(f"*{ext}")
        ]
        db.executemany("insert or replace into pages values (?, ?)", rows)
    print(len(rows), "pages", unknown)
    return 0


if __name__ == "__main__":
    exit(main())
