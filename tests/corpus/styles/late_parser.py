"""The parser is deep inside, behind imports in functions."""
import sys


def run():
    def inner():
        import argparse

        ap = argparse.ArgumentParser(description=__doc__)
        ap.add_argument("-n", type=int, default=3, help="how often")
        ap.add_argument("word", default="echo", nargs="?")
        return ap

    options = inner().parse_args(sys.argv[1:])
    print(" ".join([options.word] * options.n))


if __name__ == "__main__":
    try:
        run()
    except BaseException as e:
        if isinstance(e, SystemExit):
            raise
        print("caught", e)
