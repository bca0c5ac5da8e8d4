"""Find pages that are nearly equal."""
import argparse
import difflib
import itertools
from pathlib import Path


def percent(text: str) -> float:
    value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100 %")
    return value


def get_args():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", type=Path, nargs="*", default=[Path(__file__).parent.parent / "data"])
    p.add_argument("--threshold", type=percent, default=0.8, help="share of equal text, such as 80%%")
    return p.parse_args()


if __name__ == "__main__":
    args = get_args()
    files = [f for folder in args.folder for f in sorted(folder.rglob("*.md"))]
    for a, b in itertools.combinations(files, 2):
        ratio = difflib.SequenceMatcher(None, a.read_text("utf-8"), b.read_text("utf-8")).ratio()
        if ratio >= args.threshold:
            print(f"{ratio:.2f} {a.name} {b.name}")
