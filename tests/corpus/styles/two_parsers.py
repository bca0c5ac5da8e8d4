"""A first parser looks for the configuration, a second one takes its values as defaults."""
import argparse
import json
import pathlib

first = argparse.ArgumentParser(add_help=False)
first.add_argument("--config", type=pathlib.Path, help="JSON with defaults")
known, remaining = first.parse_known_args()
defaults = {"host": "localhost", "port": 80}
if known.config:
    defaults.update(json.loads(known.config.read_text()))
second = argparse.ArgumentParser(description=__doc__, parents=[first])
second.add_argument("--host")
second.add_argument("--port", type=int)
second.set_defaults(**defaults)
print(second.parse_args(remaining))
