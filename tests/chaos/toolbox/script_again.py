"""A script of the kind that people have."""

import argparse

from witness import work

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--key", required=True)
parser.add_argument("--seconds", type=float, default=0.0)
arguments = parser.parse_args()
work(arguments.key, arguments.seconds)
