"""Exits in the middle."""
import argparse, os, sys
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--name", default="nobody")
if "CORPUS_NOT_SET" not in os.environ:
    print("set CORPUS_NOT_SET first")
    sys.exit(3)
p.parse_args()
