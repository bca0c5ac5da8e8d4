"""Raises before it parses."""
import argparse


def settings():
    raise RuntimeError("no settings:\n  line two")


if __name__ == "__main__":
    settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=3)
    parser.parse_args()
