"""Write numbered lines, one after the other."""

import argparse
import time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=50, help="how many lines")
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two lines")
    arguments = parser.parse_args()
    for number in range(1, arguments.lines + 1):
        print(f"line {number} of {arguments.lines}: привет", flush=True)
        time.sleep(arguments.pause)


if __name__ == "__main__":
    main()
