"""Connected parts of the link graph."""
import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import kb


def main():
    p = argparse.ArgumentParser(description=__doc__, parents=[kb.make_parser("")], add_help=False, conflict_handler="resolve")
    p.add_argument("--smallest", type=int, default=1)
    a = p.parse_args()
    groups: list[set[str]] = []
    for path, text in kb.pages(a.data):
        group = {path.stem, *kb.LINK.findall(text)}
        for other in [g for g in groups if g & group]:
            group |= other
            groups.remove(other)
        groups.append(group)
    out = [sorted(g) for g in groups if len(g) >= a.smallest]
    a.out.mkdir(exist_ok=True)
    (a.out / "components.json").write_text(json.dumps(out, ensure_ascii=False))
    print(len(out))


main()
