"""Views as a notebook's code sees them, against a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx
import pandas
import pytest
from IPython.utils.capture import capture_output
from serving import Server

from jupyter_toolrunner.client import Run
from jupyter_toolrunner.core.errors import InvalidParams, InvalidRequest, NotAvailable, NotFound
from jupyter_toolrunner.widgets import BatchView, History, Queue, Results, RunView, ToolForm, Workers

MIME_TYPE = "application/vnd.toolrunner.view+json"


def displayed(view: Any) -> dict[str, Any]:
    """The output that a notebook keeps of it."""
    from IPython.display import display

    with capture_output() as captured:
        display(view)
    return dict(captured.outputs[0].data)


def test_a_form_has_its_values_and_gives_them_back() -> None:
    form = ToolForm("give_back", value=12345678901234567890, names=['O\'Brien "North"\n'])
    assert form.params == {"value": 12345678901234567890, "names": ['O\'Brien "North"\n']}
    form.params = {"text": "новый"}
    assert form.params == {"text": "новый"}
    assert form.run is None


def test_what_is_written_in_the_browser_is_read_here() -> None:
    form = ToolForm("give_back")
    form.set_state({"_values": '{"value": 98765432109876543210}'})
    assert form.params == {"value": 98765432109876543210}


def test_a_form_runs_and_tells_whom_it_was_asked_to_tell() -> None:
    form = ToolForm("give_back", value=3)
    told: list[Run] = []
    form.on_run(told.append)
    run = form.submit(text="over it")
    assert [each.id for each in told] == [run.id]
    assert form.result(timeout=60) == {"value": 3, "text": "over it", "names": []}
    assert form.run is not None
    assert form.run.number == run.number


def test_a_run_that_the_browser_made_is_known_here() -> None:
    form = ToolForm("give_back", value=3)
    told: list[Run] = []
    form.on_run(told.append)
    made = form.submit()
    other = ToolForm("give_back")
    other.on_run(told.append)
    other.set_state({"_run": made.id, "_snapshot": ""})
    assert [run.id for run in told] == [made.id, made.id]
    assert other.result(timeout=60)["value"] == 3


def test_without_a_run_there_is_no_result_and_it_is_said_what_to_do() -> None:
    with pytest.raises(NotAvailable, match="Nothing was run with this form yet") as caught:
        ToolForm("give_back").result()
    assert caught.value.hint == "Press Run in the form, or call form.submit()"


def test_a_name_that_the_tool_has_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidParams, match="did you mean value"):
        ToolForm("give_back", valeu=3)
    with pytest.raises(NotFound):
        ToolForm("give_bakc")


def test_a_secret_is_never_kept_in_a_notebook() -> None:
    with pytest.raises(InvalidParams, match="password: is secret"):
        ToolForm("enter", user="ann", password="hunter2")
    form = ToolForm("enter", user="ann")
    form.submit(password="hunter2")
    assert form.result(timeout=60) == 7
    view = RunView(form.run)  # type: ignore[arg-type]
    assert "hunter2" not in json.dumps(
        [displayed(form), displayed(view), form.get_state(), view.get_state()], default=str
    )


def test_a_table_a_path_and_an_artifact_are_values_for_a_file(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"share": [1.0, 2.5]})
    assert ToolForm("add_up", data=frame).submit().result(60) == 3.5
    file = tmp_path / "given.csv"
    frame.to_csv(file)
    form = ToolForm("add_up", data=file, method="mean")
    assert set(form.params["data"]) == {"artifact"}
    file.unlink()
    assert form.submit().result(60) == 1.75
    table = ToolForm("table", rows=4).submit()
    assert table.wait(60).artifacts[0].name == "result.parquet"
    peek = ToolForm("peek", data=table.artifacts[0])
    assert peek.submit().result(60) == "PAR1 result.parquet"
    peek.params = {"data": frame}
    assert peek.submit().result(60) == "PAR1 data.parquet"


def test_results_are_the_objects_that_the_tool_returned() -> None:
    frame = ToolForm("table", rows=2, name="b").submit().result(60)
    pandas.testing.assert_frame_equal(frame, pandas.DataFrame({"name": ["b", "b"], "share": [0.5, 0.5]}))
    pandas.testing.assert_series_equal(
        ToolForm("series").submit().result(60), pandas.Series([1, 2, 3], name="n")
    )
    assert ToolForm("picture").submit().result(60).size == (4, 3)
    several = ToolForm("many", count=3).submit().result(60)
    assert several["note"] == "hello"
    assert list(several["series"]) == [1, 2]
    assert networkx.is_path(several["graph"], [0, 1, 2])


def test_a_result_that_is_a_file_stays_where_it_was_put() -> None:
    first = ToolForm("report", text="one").submit().result(60)
    second = ToolForm("report", text="two").submit().result(60)
    assert (first.name, first.read_text(), second.read_text()) == ("report.txt", "one", "two")


def test_an_output_says_what_was_run_where_nothing_of_ours_is() -> None:
    form = ToolForm("give_back", text="<b>bold</b>")
    form.submit().wait(60)
    view = RunView(form.run)  # type: ignore[arg-type]
    output = displayed(view)
    assert "succeeded" in output["text/plain"]
    assert "&lt;b&gt;bold&lt;/b&gt;" in output["text/html"]
    assert "result.json" in output["text/html"]
    kept = output[MIME_TYPE]
    assert (kept["kind"], kept["run"], kept["model"]) == ("run", view.run.id, view.model_id)
    assert json.loads(kept["snapshot"])["status"] == "succeeded"


def test_an_output_follows_the_run_to_its_end(tmp_path: Path, server: Server) -> None:
    from IPython.display import display

    form = ToolForm("wait_for", file=str(tmp_path / "go"))
    run = form.submit()
    with capture_output() as captured:
        display(RunView(run))
        (tmp_path / "go").touch()
        last = server.eventually(
            lambda: next(
                (out.data for out in captured.outputs if "succeeded" in out.data["text/plain"]), None
            )
        )
    assert json.loads(last[MIME_TYPE]["snapshot"])["finished_at"] is not None


def test_a_history_lists_runs_and_knows_what_is_ticked() -> None:
    run = ToolForm("give_back").submit().wait(60)
    history = History(tool="give_back", status="succeeded")
    assert run.id in [each.id for each in history.runs()]
    history.set_state({"_selected": [run.id]})
    assert [each.id for each in history.selected] == [run.id]
    assert f"#{run.number} " in displayed(history)["text/plain"]
    with pytest.raises(ValueError, match="done"):
        History(status="done")


def test_a_batch_is_followed_to_its_end_and_its_failed_rows_run_again() -> None:
    client = ToolForm("give_back")._client
    batch = client.submit_all("give_back", [{"value": value} for value in range(3)])
    view = BatchView(batch)
    assert view.batch.number == batch.number
    kept = displayed(view)[MIME_TYPE]
    assert (kept["kind"], kept["query"]) == ("batch", batch.shape.id)
    table = view.table()
    assert list(table["status"]) == ["succeeded"] * 3
    view = BatchView(batch.number, client=client)
    assert json.loads(view._snapshot)["by_status"] == {"succeeded": 3}
    assert "3 succeeded" in displayed(view)["text/plain"]
    assert view.retry() == 0
    with pytest.raises(NotFound):
        BatchView(4_000)


def test_a_queue_has_what_waits_with_its_place_and_what_holds_it() -> None:
    client = ToolForm("give_back")._client
    client.hold("give_back", note="new data")
    try:
        run = client.submit("give_back", value=1)
        queue = Queue(mine=True)
        assert [item.run.id for item in queue.items()] == [run.id]
        shown = displayed(queue)
        assert f"1. #{run.number} " in shown["text/plain"]
        assert "new data" in shown["text/html"]
        assert (shown[MIME_TYPE]["kind"], shown[MIME_TYPE]["query"]) == ("queue", "me")
        queue.set_state({"_selected": [run.id]})
        assert [each.id for each in queue.selected] == [run.id]
    finally:
        client.release("give_back")
    run.wait(60)
    workers = Workers()
    assert workers.workers
    assert workers.workers[0].name in displayed(workers)["text/plain"]


def test_results_are_those_of_a_run_or_of_the_newest_run_of_a_tool() -> None:
    run = ToolForm("leave_files").submit().wait(60)
    of_run = Results(run=run)
    assert {each.name for each in of_run.artifacts} == {"one.txt", "result.json"}
    of_tool = Results(tool="leave_files")
    assert of_tool.run is not None
    assert of_tool.run.id == run.id
    of_tool.set_state({"_selected": [run.artifacts["one.txt"].id]})
    assert of_tool.selected is not None
    assert of_tool.selected.read() == b"1"
    with pytest.raises(InvalidRequest):
        Results()
    with pytest.raises(InvalidRequest):
        Results(tool="leave_files", run=run)


def test_what_the_kernel_cannot_do_is_told_to_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    form = ToolForm("give_back")
    sent: list[Any] = []
    monkeypatch.setattr(form, "_send", lambda message, buffers=None: sent.append(message))
    form._handle_custom_msg({"type": "submit", "values": '{"value": "many"}', "priority": "default"}, [])
    refused = [message["content"]["refused"] for message in sent if message["method"] == "custom"]
    assert [each["field"] for each in refused] == ["value"]
