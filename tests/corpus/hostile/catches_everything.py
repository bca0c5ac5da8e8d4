"""Catches all there is."""
import argparse
p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--again", type=int, default=2)
while True:
    try:
        a = p.parse_args()
        print("parsed", a)
        break
    except BaseException as error:
        print("caught", error)
        raise SystemExit(0)
