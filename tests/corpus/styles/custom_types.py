"""Types of our own."""
import argparse
import datetime as dt
import decimal
import enum
import functools
import ipaddress
import json
import pathlib
import re
import uuid


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"

    def __str__(self):
        return self.value


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


def str2bool(text):
    if text.lower() in ("yes", "true", "1"):
        return True
    if text.lower() in ("no", "false", "0"):
        return False
    raise argparse.ArgumentTypeError("a boolean is expected")


def positive(text):
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return value


def key_value(text):
    key, _, value = text.partition("=")
    return key, value


def bounded(text, low, high):
    return max(low, min(high, float(text)))


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--colour", type=Colour, choices=list(Colour), default=Colour.RED)
parser.add_argument("--size", type=lambda s: Size[s], choices=list(Size), default=Size.SMALL)
parser.add_argument("--flag", type=str2bool, default=True)
parser.add_argument("--naive", type=bool, default=False)
parser.add_argument("--jobs", type=positive, default=4)
parser.add_argument("--set", type=key_value, action="append", default=[])
parser.add_argument("--share", type=functools.partial(bounded, low=0, high=1), default=0.5)
parser.add_argument("--day", type=dt.date.fromisoformat, default=dt.date(2024, 2, 29))
parser.add_argument("--amount", type=decimal.Decimal, default=decimal.Decimal("1.10"))
parser.add_argument("--host", type=ipaddress.ip_address, default=ipaddress.ip_address("127.0.0.1"))
parser.add_argument("--id", type=uuid.UUID)
parser.add_argument("--options", type=json.loads, default={"a": 1})
parser.add_argument("--list", type=lambda s: s.split(","), default=["a", "b"])
parser.add_argument("--pattern", type=re.compile, default=re.compile("a+"))
parser.add_argument("--path", type=pathlib.Path, default=pathlib.Path("some/where"))
parser.add_argument("--number", type=int, default="7")
parser.add_argument("--ratio", type=float, default=1)
args = parser.parse_args()
for name, value in sorted(vars(args).items()):
    print(name, repr(value))
