"""Write a log that is longer than anybody reads."""

import argparse
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many lines")
    arguments = parser.parse_args()
    for start in range(0, arguments.lines, 10_000):
        end = min(start + 10_000, arguments.lines)
        sys.stdout.write("".join(f"step {n + 1}: loss 0.123456, all is well so far\n" for n in range(start, end)))


if __name__ == "__main__":
    main()
