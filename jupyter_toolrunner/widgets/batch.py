"""A batch in a notebook."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..core.errors import ToolrunnerError
from . import summary
from .view import View

if TYPE_CHECKING:
    import pandas as pd

    from ..client import Batch, Client

#: Seconds of one look at a batch that goes on.
_LOOK = 2.0


class BatchView(View):
    """A batch, live, with its rows and the failed ones again: ``BatchView(batch)``, or by its number."""

    def __init__(self, batch: Batch | str | int, /, *, client: Client | None = None) -> None:
        from ..client import Batch, Client
        from .connection import the_client

        if isinstance(batch, Batch):
            client = client or Client(batch.transport)
        else:
            client = client or the_client()
            batch = client.batch(batch)
        shape = batch.shape
        super().__init__(
            "batch", client, _tool=shape.tool, _query=shape.id, _snapshot=shape.model_dump_json()
        )
        self._follow_batch(batch)

    @property
    def batch(self) -> Batch:
        """The batch that is shown."""
        return self._client.batch(self._query)

    def table(self) -> pd.DataFrame:
        """What came of each row, once all are final."""
        return self.batch.table()

    def retry(self, *, code: str = "kept") -> int:
        """Have those that failed or were canceled run again, as its button does; how many these are."""
        batch = self.batch
        done = batch.retry(code=code)
        self._snapshot = batch.shape.model_dump_json()
        self._follow_batch(batch)
        return done

    def _follow_batch(self, batch: Batch) -> None:
        """Keep what a notebook has of it in step until its end."""
        if self._watched == batch.shape.id or batch.shape.final:
            return
        self._watched = batch.shape.id
        name = f"toolrunner-batch-{batch.number}"
        threading.Thread(target=self._look_at, args=(batch,), name=name, daemon=True).start()

    def _look_at(self, batch: Batch) -> None:
        try:
            while self.comm is not None and not batch.shape.final:
                batch.refresh(wait=_LOOK)
                self._snapshot = batch.shape.model_dump_json()
        except ToolrunnerError:
            return  # the browser says by itself that the server is away
        finally:
            self._watched = None

    def _summary(self) -> tuple[str, str]:
        return summary.of_batch(self._snapshot)
