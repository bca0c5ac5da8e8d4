#!/usr/bin/env python3
"""link_graph.py - Graph of links between pages

Writes reports/links.json with nodes and edges.
"""
import argparse
import json
import re
from pathlib import Path

BASE = Path(__file__).parent.parent
LINK = re.compile(r"\[\[([^\]|]+)(?:\|[^\]]*)?\]\]")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(BASE / "data"), help="folder with pages (default: %(default)s)")
    parser.add_argument("--output", "-o", default="links.json", help="name of the report")
    parser.add_argument("--directed", action="store_true", help="keep the direction of links")
    args = parser.parse_args()
    edges = []
    for path in sorted(Path(args.data).rglob("*.md")):
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            edge = (path.stem, target)
            edges.append(edge if args.directed else tuple(sorted(edge)))
    out = BASE / "reports" / args.output
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"edges": sorted(set(edges))}, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(edges)} links -> {out}")


if __name__ == "__main__":
    main()
