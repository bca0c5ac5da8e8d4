"""Look up a name that is not there."""

import argparse
import json


def look_up(settings: dict[str, float], name: str) -> float:
    return settings[name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="threshold")
    arguments = parser.parse_args()
    settings = json.loads('{"limit": 0.05}')
    print("settings are read")
    print(look_up(settings, arguments.name))


main()
