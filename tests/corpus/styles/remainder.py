"""Runs another command with whatever follows."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--times", type=int, default=1)
p.add_argument("program")
p.add_argument("arguments", nargs=argparse.REMAINDER, help="all the rest")
a = p.parse_args()
for _ in range(a.times):
    print(a.program, a.arguments)
