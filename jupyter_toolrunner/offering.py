"""``python -m jupyter_toolrunner.offering``: for a machine that has workers and no server.

Reads its toolboxes, and says in the database which tools these workers can run.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from .core.folders import private_folder
from .core.parents import die_with
from .core.settings import Settings
from .db.engine import open_engine
from .db.offers import SqlOfferStore
from .db.schema import upgrade
from .db.toolboxes import SqlToolboxStore
from .registry.catalog import Catalog
from .services.offers import Offerer, OfferKeeper


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jupyter_toolrunner.offering", description=__doc__)
    parser.add_argument("--parent", type=int, help="process whose end ends this one")
    options = parser.parse_args(arguments)
    if options.parent is not None:
        die_with(options.parent)
    logging.basicConfig(
        level=os.environ.get("TOOLRUNNER_LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s",
    )
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    settings = Settings.from_environ()
    engine = open_engine(settings.effective_database_url)
    upgrade(engine)
    private_folder(settings.services_dir)
    catalog = Catalog(
        settings.toolboxes,
        cache=settings.data_dir / "cache" / "tools",
        environments=settings.environments_dir,
    ).start()
    added = SqlToolboxStore(engine)
    keeper = OfferKeeper(
        SqlOfferStore(engine),
        catalog,
        Offerer.of(settings),
        # What people add in the browser is a folder of the server, and perhaps one of this machine.
        look=lambda: catalog.include([place for place in added.all() if Path(place).exists()]),
    )
    keeper.start()
    ending.wait()
    keeper.close()
    catalog.close()
    engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
