"""``python tests/chaos --seed 1 --kills 1000 --runs 2000 [--database postgresql] [--system toolrunner]``"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from chaos.harness import execute  # noqa: E402
from chaos.others import PEERS, Other  # noqa: E402
from chaos.scenario import Scenario  # noqa: E402
from chaos.toolrunner import Toolrunner  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two kills, on average")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--system", choices=["toolrunner", *PEERS], default="toolrunner")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for what is stuck")
    parser.add_argument("--folder", type=Path, help="where everything goes; it stays there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as temporary:
        folder = options.folder or Path(temporary)
        scenario = Scenario(
            folder=folder,
            seed=options.seed,
            kills=options.kills,
            runs=options.runs,
            pause=options.pause,
            database=options.database if options.system == "toolrunner" else "redis with AOF",
            patience=options.patience,
            # Where runs get stuck, there would soon be none to submit.
            waiting=15 if options.system == "toolrunner" else 0,
        )
        make = Toolrunner if options.system == "toolrunner" else partial(Other, PEERS[options.system])
        report = execute(scenario, make)
    print(json.dumps(report.to_json()) if options.json else report.text())
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
