"""``python tests/chaos --seed 1 --kills 1000 --runs 2000 [--database postgresql] [--system toolrunner]``"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from chaos.harness import execute  # noqa: E402
from chaos.scenario import Scenario  # noqa: E402
from chaos.toolrunner import Toolrunner  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two kills, on average")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
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
            database=options.database,
        )
        report = execute(scenario, Toolrunner)
    print(json.dumps(report.to_json()) if options.json else report.text())
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
