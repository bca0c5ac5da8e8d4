"""A table of the installed packages."""
import argparse
import importlib.metadata
from pathlib import Path

import pandas as pd


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--sort", choices=["name", "version", "files"], default="name")
    p.add_argument("--output", type=Path, default=Path("packages.csv"))
    p.add_argument("--min-files", type=int, default=0)
    args = p.parse_args()
    rows = [
        {"name": d.metadata["Name"], "version": d.version, "files": len(d.files or [])}
        for d in importlib.metadata.distributions()
    ]
    frame = pd.DataFrame(rows).drop_duplicates("name").sort_values(args.sort)
    frame = frame[frame["files"] >= args.min_files]
    frame.to_csv(args.output, index=False)
    print(frame.describe())


if __name__ == "__main__":
    main()
