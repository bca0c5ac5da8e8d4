"""The table tools on tables that packages bring, compared with pandas."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import vl_convert

from jupyter_toolrunner.starter import (
    aggregate_table,
    convert_table,
    join_tables,
    plot_table,
    profile_table,
)
from jupyter_toolrunner.starter.table.database import Database, TableError
from jupyter_toolrunner.starter.table.grouping import filtered
from jupyter_toolrunner.starter.table.reading import read
from jupyter_toolrunner.starter.table.tables import Reading
from jupyter_toolrunner.starter.table.writing import write as database_write

from .data import flights, json_of, rows_of, vega, write

TIMES = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
RUSSIAN = "код;имя;цена;дата\n007;Анна;3,14;12.04.1961\n008;Борис и Глеб;2;13.04.1961\n"


@pytest.fixture(scope="module")
def all_flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flights("flights", tmp_path_factory.mktemp("flights"))


class TestReading:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1251", "koi8-r", "cp866"]
    )
    def test_russian_text_with_decimal_commas_is_read_in_any_encoding(
        self, tmp_path: Path, encoding: str
    ) -> None:
        path = tmp_path / "цены.csv"
        path.write_bytes(RUSSIAN.encode(encoding))
        convert_table(path, "jsonl")
        frame = pd.read_json("цены.jsonl", lines=True, dtype={"код": str})
        assert list(frame["код"]) == ["007", "008"]
        assert list(frame["имя"]) == ["Анна", "Борис и Глеб"]
        assert list(frame["цена"]) == [3.14, 2]
        assert list(frame["дата"]) == ["1961-04-12", "1961-04-13"]

    @pytest.mark.parametrize(
        ("separator", "cells", "kind", "values", "says"),
        [
            (",", ["1,234", "12"], "BIGINT", [1234, 12], "between thousands in n"),
            (",", ["-1,234", "NA", "12,345,678"], "BIGINT", [-1234, None, 12_345_678], "between thousands in n"),
            (",", ["1,234.50", "99.5"], "DOUBLE", [1234.5, 99.5], "between thousands in n"),
            (",", ["1,234", "3,5"], "DOUBLE", [1.234, 3.5], "decimal comma"),
            (",", ["0,123", "1,234"], "DOUBLE", [0.123, 1.234], "decimal comma"),
            (",", ["1234,567", "1,234"], "DOUBLE", [1234.567, 1.234], "decimal comma"),
            (",", ["1,5", "1,234,567"], "VARCHAR", ["1,5", "1,234,567"], ""),
            (",", ["1,234,567,890,123,456", "1"], "VARCHAR", ["1,234,567,890,123,456", "1"], ""),
            (",", ["007", "1,234"], "VARCHAR", ["007", "1,234"], ""),
            (";", ["1,234", "12"], "VARCHAR", ["1,234", "12"], "Kept as text"),
            ("\t", ["1,234", "12"], "VARCHAR", ["1,234", "12"], "Kept as text"),
            (";", ["1,234,567", "1,234"], "BIGINT", [1_234_567, 1234], "between thousands in n"),
            (";", ["1,234.5", "1,234"], "DOUBLE", [1234.5, 1234], "between thousands in n"),
            (";", ["3,14", "2,718"], "DOUBLE", [3.14, 2.718], "decimal comma"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("said", [True, False])
    def test_a_comma_in_numbers_is_what_it_can_be(
        self,
        tmp_path: Path,
        separator: str,
        cells: list[str],
        kind: str,
        values: list[Any],
        says: str,
        said: bool,
    ) -> None:
        path = write(
            tmp_path / "n.csv",
            f"a{separator}n\n" + "".join(f'x{separator}"{each}"\n' for each in cells),
        )
        result = convert_table(path, "parquet", separator=separator if said else "")
        made = pq.read_table(result["table"])
        assert made.column("n").to_pylist() == values
        assert {"BIGINT": pa.int64(), "DOUBLE": pa.float64(), "VARCHAR": pa.string()}[
            kind
        ] == made.schema.field("n").type
        assert [note for note in result["notes"] if says in note] if says else result["notes"] == []

    def test_a_text_of_a_sheet_with_a_comma_is_kept(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        for row in (["a", "n"], ["x", "1,234"], ["y, z", "5,678"]):
            book.worksheets[0].append(row)
        book.save(tmp_path / "b.xlsx")
        convert_table(tmp_path / "b.xlsx", "csv")
        assert rows_of("b.csv") == [{"a": "x", "n": "1,234"}, {"a": "y, z", "n": "5,678"}]

    @pytest.mark.parametrize(
        ("dates", "unsure"),
        [
            (["01/02/2024", "03/04/2024"], "01/02/2024 was read as 2024-02-01"),
            (["05/05/2024", "03-04-2024"], ""),
            (["05/05/2024", "3/4/2024"], "3/4/2024 was read as 2024-04-03"),
            (["01-02-2024", "03-04-2024"], "01-02-2024 was read as 2024-02-01"),
            (["01/02/2024 10:30:00", "03/04/2024 11:00:00"], "01/02/2024 10:30:00 was read as 2024-02-01"),
            (["01/02/2024", "13/02/2024"], ""),
            (["01/02/2024", "02/13/2024"], ""),
            (["01/01/2024", "02/02/2024"], ""),
            (["01.02.2024", "03.04.2024"], ""),
            (["2024-01-02", "2024-03-04"], ""),
            (["2024/01/02", "2024/03/04"], ""),
        ],
    )
    def test_a_date_that_may_be_another_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], dates: list[str], unsure: str
    ) -> None:
        path = write(tmp_path / "d.csv", "when,x\n" + "".join(f"{each},a\n" for each in dates))
        report = Path(profile_table(path)["report"]).read_text()
        out = capsys.readouterr().out
        if unsure:
            assert f"when: {unsure}, but no value tells the day from the month" in out
            assert "but no value tells the day from the month" in report
        else:
            assert "tells the day" not in out + report

    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_the_separator_is_found(self, tmp_path: Path, separator: str) -> None:
        path = write(tmp_path / "a.csv", f"a{separator}b\n1{separator}x\n2{separator}y\n")
        assert convert_table(path)["columns"] == ["a", "b"]

    def test_a_separator_that_is_said_is_taken(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "a;b,c;d\n1;2,3;4\n5;6,7;8\n")
        assert convert_table(path, separator=";")["columns"] == ["a", "b,c", "d"]

    def test_digits_are_never_lost(self, tmp_path: Path) -> None:
        long = ["12345678901234567890123", "98765432109876543210987"]
        path = write(
            tmp_path / "ids.csv", "id,zero\n" + "".join(f"{each},00{n}\n" for n, each in enumerate(long))
        )
        convert_table(path, "csv")
        assert [row["id"] for row in rows_of("ids.csv")] == long
        assert [row["zero"] for row in rows_of("ids.csv")] == ["000", "001"]

    def test_what_comes_late_in_a_long_file_does_not_spoil_it(self, tmp_path: Path) -> None:
        path = tmp_path / "late.csv"
        with path.open("w") as file:
            file.write("n,filler\n")
            file.writelines(f"{n},{'x' * 60}\n" for n in range(1_100_000))
            file.write("twelve,x\n")
        result = aggregate_table(path, group_by=[], values=["n"], functions=frozenset({"max"}))
        assert result["rows_in"] == 1_100_001
        assert pd.read_parquet(result["table"])["n_max"][0] == "twelve"

    def test_every_format_gives_the_same_table_back(self) -> None:
        weather = vega("seattle-weather.csv")
        expected = pd.read_csv(weather, parse_dates=["date"])
        for number, form in enumerate(("parquet", "csv", "tsv", "json", "jsonl", "arrow", "excel")):
            first = convert_table(weather, form)  # type: ignore[arg-type]
            Path(first["table"]).rename(given := Path(f"given{number}{Path(first['table']).suffix}"))
            again = pd.read_parquet(convert_table(given, "parquet")["table"])
            again["date"] = pd.to_datetime(again["date"])
            pd.testing.assert_frame_equal(again, expected, check_dtype=False)

    def test_a_stream_of_arrow_is_read_too(self, tmp_path: Path) -> None:
        table = pa.table({"a": [1, None, 3], "b": [["x"], [], None]})
        with (
            pa.OSFile(str(tmp_path / "s.arrow"), "wb") as file,
            pa.ipc.new_stream(file, table.schema) as writer,
        ):
            writer.write_table(table)
        convert_table(tmp_path / "s.arrow", "parquet")
        assert pq.read_table("s.parquet").to_pydict() == table.to_pydict()

    def test_a_packed_file_is_read(self, tmp_path: Path) -> None:
        pd.read_csv(vega("stocks.csv")).to_csv(tmp_path / "stocks.csv.gz", index=False)
        assert convert_table(tmp_path / "stocks.csv.gz")["rows"] == 560

    def test_json_in_which_objects_differ_is_a_table(self) -> None:
        result = profile_table(vega("cars.json"))
        frame = pd.read_json(vega("cars.json"))
        assert (result["rows"], result["columns"]) == frame.shape

    def test_a_sheet_is_chosen_by_its_name(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.worksheets[0].append(["first"])
        sheet = book.create_sheet("Счета")
        for row in (
            ["номер", "когда", "сколько", "да"],
            ["007", datetime.date(2024, 2, 29), 1.5, True],
            [],
            ["01", None, 3, False],
        ):
            sheet.append(row)
        book.save(tmp_path / "b.xlsx")
        convert_table(tmp_path / "b.xlsx", "csv", sheet="Счета")
        assert rows_of("b.csv") == [
            {"номер": "007", "когда": "2024-02-29", "сколько": "1.5", "да": "true"},
            {"номер": "01", "когда": "", "сколько": "3.0", "да": "false"},
        ]
        with pytest.raises(TableError, match=r"no sheet 'Счёт'.*'Счета'"):
            convert_table(tmp_path / "b.xlsx", sheet="Счёт")
        with pytest.raises(TableError, match="no rows below its head"):
            convert_table(tmp_path / "b.xlsx")

    def test_the_input_stays_as_it_is(self, tmp_path: Path) -> None:
        path = write(tmp_path / "in" / "a.csv", RUSSIAN)
        before = (path.read_bytes(), path.stat().st_mtime_ns)
        for tool in (profile_table, convert_table):
            tool(path)
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert [each.name for each in path.parent.iterdir()] == ["a.csv"]

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("empty.csv", b"", "is empty"),
            ("head.csv", b"a,b,c\n", "a head and no rows"),
            ("bin.csv", b"\x00\x01\x02" * 100, "binary"),
            ("thing.dat", b"\x7fELF\x00\x00", "binary"),
            ("p.parquet", b"PAR1 not really", "as Parquet"),
            ("a.arrow", b"ARROW1 not really", "as Arrow"),
            ("x.xlsx", b"PK\x03\x04 not really", "as a workbook"),
            ("old.xls", b"\xd0\xcf\x11\xe0", "save it as xlsx"),
            ("j.json", b'{"a": [1, 2', "as a table of JSON"),
            ("ragged.csv", b"a,b\n1,2\n3,4,5,6\n" + b"1,2\n" * 50, "as a table of text"),
        ],
    )
    def test_what_is_no_table_says_why(self, tmp_path: Path, name: str, content: bytes, says: str) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TableError, match=says):
            convert_table(tmp_path / name)

    def test_a_path_that_leads_to_no_file_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to("loop")
        for path, says in (
            (tmp_path / "nothing.csv", "no file"),
            (tmp_path, "folder"),
            (tmp_path / "loop", "loop"),
        ):
            with pytest.raises(TableError, match=says):
                convert_table(path)

    def test_an_unknown_encoding_is_named(self) -> None:
        with pytest.raises(TableError, match="'klingon' is not known"):
            convert_table(vega("stocks.csv"), encoding="klingon")

    def test_nothing_is_left_beside_the_results(self, run_folder: Path, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes(RUSSIAN.encode("cp1251"))
        convert_table(tmp_path / "a.csv", "csv")
        assert [path.name for path in run_folder.iterdir()] == ["a.csv"]


class TestConvert:
    def test_columns_come_in_the_order_that_is_said(self) -> None:
        result = convert_table(vega("stocks.csv"), "csv", columns=["PRICE", "symbol"], limit=3)
        assert result["columns"] == ["price", "symbol"]
        assert len(rows_of(result["table"])) == result["rows"] == 3

    def test_rows_that_do_not_fit_are_left_out_and_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(tmp_path / "r.csv", "a,b\n" + "1,2\n" * 30 + "3,4,5,6\n" + "7,8\n")
        result = convert_table(path, "csv", bad_rows="leave out")
        assert (result["rows"], result["skipped_rows"]) == (31, 1)
        assert "Left out line 32" in capsys.readouterr().out

    def test_what_is_unsure_is_said_also_where_rows_are_left_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows = '01/02/2024,"1,234"\n' * 30 + "3,4,5,6\n" + '03/04/2024,"5,678"\n'
        result = convert_table(write(tmp_path / "r.csv", "d,n\n" + rows), "csv", bad_rows="leave out")
        assert (result["rows"], result["skipped_rows"]) == (31, 1)
        assert "Left out line 32" in capsys.readouterr().out
        assert rows_of("r.csv")[-1] == {"d": "2024-04-03", "n": "5678"}
        assert any("tells the day" in note for note in result["notes"])

    def test_a_text_is_no_formula_in_excel(self, tmp_path: Path) -> None:
        path = write(tmp_path / "f.csv", 'a,b\n=1+1,"line\x0bbreak"\n=HYPERLINK("x"),z\n')
        convert_table(path, "excel")
        sheet = openpyxl.load_workbook("f.xlsx")["Table"]
        assert sheet["A2"].value == "=1+1"
        assert sheet["A2"].data_type == "s"
        assert sheet.freeze_panes == "A2"

    def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(
        self, tmp_path: Path
    ) -> None:
        table = pa.table({"n": pa.array(range(1_048_576), pa.int32())})
        pq.write_table(table, tmp_path / "many.parquet")
        with pytest.raises(TableError, match="Nothing was written"):
            convert_table(tmp_path / "many.parquet", "excel")
        assert not Path("many.xlsx").exists()


class TestProfile:
    def test_it_agrees_with_pandas(self, all_flights: Path) -> None:
        profile_table(all_flights)
        # NA stands for a gap among numbers; among texts it is a text.
        frame = pd.read_csv(
            all_flights, keep_default_na=False, na_values={name: ["", "NA"] for name in TIMES}
        )
        found = {row["column"]: row for row in rows_of("flights.profile.csv")}
        assert list(found) == list(frame.columns)
        for name, series in frame.items():
            row = found[str(name)]
            assert int(row["rows"]) == len(series)
            assert int(row["empty"]) == series.isna().sum(), name
            assert int(row["distinct"]) == series.nunique(), name
            if pd.api.types.is_numeric_dtype(series):
                assert float(row["mean"]) == pytest.approx(series.mean())
                assert float(row["std"]) == pytest.approx(series.std())
                quartiles = [float(row[each]) for each in ("q1", "median", "q3")]
                assert quartiles == pytest.approx(list(series.quantile([0.25, 0.5, 0.75])))

    def test_histograms_count_every_value(self) -> None:
        result = profile_table(vega("seattle-weather.csv"), columns=["temp_max", "date"])
        chart = json_of(result["chart"])
        for part in chart["concat"]:
            assert sum(bar["value"] for bar in part["data"]["values"]) == 1461

    @pytest.mark.parametrize("tool", ["profile", "plot"])
    @pytest.mark.parametrize(
        ("first", "step", "n"),
        [
            ("0.0", "0.1", 41), ("-2.0", "0.1", 41), ("1000000.3", "0.1", 41), ("0.07", "0.01", 41),
            ("-3e-7", "1e-7", 41), ("7", "1", 41),
        ],
    )  # fmt: skip
    def test_each_number_is_in_the_bar_that_begins_with_it(
        self, tmp_path: Path, tool: str, first: str, step: str, n: int
    ) -> None:
        exact = [Decimal(first) + Decimal(step) * number for number in range(n)]
        path = write(tmp_path / "x.csv", "x,y\n" + "".join(f"{each},a\n" for each in exact))
        made = profile_table(path) if tool == "profile" else plot_table(path, kind="histogram", x="x")
        bars = json_of(made["chart"])["data"]["values"]
        assert [(bar["x"], bar["end"], bar["value"]) for bar in bars] == [
            (float(each), float(each + Decimal(step)), 1) for each in exact
        ]

    def test_decimals_of_many_digits_have_a_histogram(self, tmp_path: Path) -> None:
        exact = [Decimal(number) / 10 for number in range(41)]
        pq.write_table(pa.table({"x": pa.array(exact, pa.decimal128(38, 20))}), tmp_path / "x.parquet")
        bars = json_of(profile_table(tmp_path / "x.parquet")["chart"])["data"]["values"]
        assert [(bar["x"], bar["value"]) for bar in bars] == [(float(each), 1) for each in exact]

    def test_numbers_as_far_apart_as_can_be_have_a_histogram(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", "x,tiny\n-1.7e308,1e-310\n0,2e-310\n1.7e308,3e-310\n")
        for part in json_of(profile_table(path)["chart"])["concat"]:
            assert sum(bar["value"] for bar in part["data"]["values"]) == 3

    def test_what_looks_odd_is_said(self, tmp_path: Path) -> None:
        lines = "".join(f"{n},same,,{1_000_000 if n == 5 else n % 7}\n" for n in range(50))
        path = write(tmp_path / "odd.csv", "id,one,gone,far\n" + lines + "49,same,,0\n")
        result = profile_table(path)
        said = "\n".join(result["remarks"])
        assert "one: has one value only" in said
        assert "gone: is empty in every row" in said
        assert "far: has values far from all others" in said
        assert result["repeated_rows"] == 1

    def test_names_in_a_report_are_text(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.csv", '"a|b`c","<img src=x>"\n1,<script>\n2,*y*\n')
        report = Path(profile_table(path)["report"]).read_text()
        assert "``a\\|b`c``" in report
        assert "<script>" not in report.replace("\\<script\\>", "")

    def test_lists_and_objects_have_a_profile_too(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.jsonl", '{"a": [1], "b": {"c": 1}}\n{"a": [1], "b": null}\n')
        assert profile_table(path)["columns"] == 2


class TestAggregate:
    def test_it_agrees_with_pandas_on_all_flights_of_a_year(self, all_flights: Path) -> None:
        functions = frozenset({"count", "distinct", "sum", "mean", "median", "min", "max", "std"})
        result = aggregate_table(
            all_flights,
            group_by=["carrier", "origin"],
            values=["dep_delay", "distance"],
            functions=functions,  # type: ignore[arg-type]
        )
        made = pd.read_parquet(result["table"])
        grouped = pd.read_csv(all_flights).groupby(["carrier", "origin"])
        names = {"count": "count", "distinct": "nunique", "sum": "sum", "mean": "mean", "median": "median",
                 "min": "min", "max": "max", "std": "std"}  # fmt: skip
        assert (result["rows_in"], result["groups"]) == (336_776, len(grouped))
        assert list(made["rows"]) == list(grouped.size())
        for column in ("dep_delay", "distance"):
            for ours, theirs in names.items():
                expected = getattr(grouped[column], theirs)()
                assert list(made[f"{column}_{ours}"]) == pytest.approx(list(expected), nan_ok=True), (
                    column,
                    ours,
                )

    def test_a_condition_keeps_the_rows_for_which_it_holds(self, all_flights: Path) -> None:
        result = aggregate_table(
            all_flights, group_by=["month"], values=["arr_delay"], functions=frozenset({"mean"}),
            where="carrier = 'UA' AND arr_delay > 60", order="values", limit=3,
        )  # fmt: skip
        frame = pd.read_csv(all_flights).query("carrier == 'UA' and arr_delay > 60")
        expected = frame.groupby("month")["arr_delay"].mean().sort_values(ascending=False).head(3)
        made = pd.read_parquet(result["table"])
        assert dict(zip(made["month"], made["arr_delay_mean"], strict=True)) == pytest.approx(dict(expected))

    def test_without_groups_all_rows_are_one(self) -> None:
        result = aggregate_table(vega("stocks.csv"), group_by=[], functions=frozenset({"max"}), format="csv")
        assert rows_of(result["table"]) == [{"rows": "560", "price_max": "707.0"}]

    def test_a_column_called_rows_keeps_its_name(self, tmp_path: Path) -> None:
        path = write(tmp_path / "r.csv", "rows,v\na,1\na,3\nb,5\n")
        result = aggregate_table(path, group_by=["rows"], functions=frozenset({"sum"}))
        assert result["columns"] == ["rows", "rows_", "v_sum"]

    def test_an_unknown_column_names_the_closest(self) -> None:
        with pytest.raises(
            TableError, match=r"group_by: stocks has no column 'symbl'; the closest is 'symbol'"
        ):
            aggregate_table(vega("stocks.csv"), group_by=["symbl"])

    @pytest.mark.parametrize("where", ["price >", "no_such > 1", "1) --", "price = (SELECT", "price > 'x'"])
    def test_a_condition_that_is_none_is_a_clear_error(self, where: str) -> None:
        with pytest.raises(TableError, match="where"):
            aggregate_table(vega("stocks.csv"), group_by=["symbol"], where=where)

    @pytest.mark.parametrize("form", ["parquet", "csv", "tsv", "json", "jsonl", "arrow", "excel"])
    def test_sums_of_whole_numbers_are_exact(self, tmp_path: Path, form: Any) -> None:
        path = write(
            tmp_path / "n.csv",
            "g,n,most\na,9007199254740993,9223372036854775807\na,2,9223372036854775807\nb,,9223372036854775807\n",
        )
        result = aggregate_table(path, group_by=["g"], functions=frozenset({"sum"}), format=form)
        Path(result["table"]).rename(given := Path(f"again{Path(result['table']).suffix}"))
        if form == "parquet":
            assert pq.read_schema(given).field("n_sum").type == pa.int64()
            assert pq.read_schema(given).field("most_sum").type == pa.decimal128(38, 0)
        if form in ("json", "jsonl"):
            # A number of any length is one there.
            text = given.read_text()
            assert '"n_sum":9007199254740995' in text
            assert '"most_sum":18446744073709551614' in text
            return
        convert_table(given, "csv")
        assert [row["n_sum"] for row in rows_of("again.csv")] == ["9007199254740995", ""]
        assert [row["most_sum"] for row in rows_of("again.csv")] == [
            "18446744073709551614",
            "9223372036854775807",
        ]

    @pytest.mark.parametrize("tool", ["aggregate", "plot"])
    @pytest.mark.parametrize(
        "where",
        [
            "1=1); COPY (SELECT 'x') TO '{out}' (HEADER false); SELECT (1",
            "1=1); SELECT (1",
            "1=1) UNION ALL SELECT * FROM given WHERE (1=1",
            "1=1) LIMIT (1",
            "1=1); ATTACH '{out}' AS other; SELECT (1",
            "1=1); SET enable_external_access = true; SELECT (1",
            "1=1); INSTALL httpfs; LOAD httpfs; SELECT (1",
            "1=1); PRAGMA memory_limit = '8GB'; SELECT (1",
            "1 = (SELECT count(*) FROM query('COPY (SELECT 1) TO ''{out}'''))",
            "(SELECT content FROM read_text('{secret}')) LIKE 'pass%'",
            "(SELECT content FROM read_text('../secret.txt')) LIKE 'pass%'",
            "(SELECT count(*) FROM read_blob('{secret}')) = 1",
            "(SELECT count(*) FROM read_csv('{secret}', header = false)) = 1",
            "(SELECT count(*) FROM read_json('{secret}')) = 1",
            "(SELECT count(*) FROM read_parquet('{other}')) = 1",
            "(SELECT count(*) FROM '{other}') = 1",
            "(SELECT count(*) FROM parquet_metadata('{other}')) = 1",
            "(SELECT count(*) FROM sniff_csv('{secret}')) = 1",
            "(SELECT count(*) FROM glob('{folder}/*')) > 0",
            "(SELECT count(*) FROM read_csv('http://127.0.0.1:9/x.csv')) = 1",
            "getenv('HOME') <> ''",
        ],
    )
    @pytest.mark.parametrize("ending", ["csv", "parquet"])
    def test_a_condition_reaches_nothing_but_the_table(
        self, tmp_path: Path, run_folder: Path, tool: str, where: str, ending: str
    ) -> None:
        secret = write(tmp_path / "secret.txt", "password\n")
        other = tmp_path / "other.parquet"
        pq.write_table(pa.table({"b": [1]}), other)
        pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "mine.parquet")
        write(tmp_path / "mine.csv", "a\n1\n2\n")
        where = where.format(out=tmp_path / "out", secret=secret, other=other, folder=tmp_path)
        given = tmp_path / f"mine.{ending}"
        run: Any = aggregate_table if tool == "aggregate" else plot_table
        params = {"group_by": ["a"]} if tool == "aggregate" else {"x": "a"}
        says = r"^where: Permission Error" if where.startswith("(SELECT") else r"^where: "
        with pytest.raises(TableError, match=says):
            run(given, where=where, **params)
        assert not (tmp_path / "out").exists()
        assert list(run_folder.iterdir()) == []

    @pytest.mark.parametrize(
        "sql",
        [
            "COPY (SELECT 1) TO '{folder}/out'",
            "COPY (SELECT 1) TO '{run}/../out'",
            "ATTACH '{folder}/out' AS other",
            "INSTALL httpfs",
            "LOAD httpfs",
            "LOAD '{run}/x.duckdb_extension'",
            "SET memory_limit = '8GB'",
            "RESET lock_configuration",
            "PRAGMA enable_external_access = true",
            "SET allowed_directories = ['/']",
            "EXPORT DATABASE '{folder}/out'",
        ],
    )
    def test_a_locked_database_keeps_to_its_folders(self, tmp_path: Path, run_folder: Path, sql: str) -> None:
        with Database() as database:
            database.lock()
            with pytest.raises(TableError, match=r"Permission|locked"):
                database.run(sql.format(folder=tmp_path, run=run_folder))
        assert not (tmp_path / "out").exists()

    def test_a_locked_database_still_spills_and_writes(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"n": pa.array(range(4_000_000), pa.int64())}), tmp_path / "n.parquet")
        with Database() as database:
            table = read(database, tmp_path / "n.parquet", Reading())
            database.run("SET memory_limit = '100MB'")
            sql = filtered(database, table, "n % 3 = 0")
            wide = f"SELECT n, md5(n::VARCHAR) AS text FROM ({sql})"
            spilled = f"SELECT * FROM ({wide}) ORDER BY text"
            for form in ("parquet", "arrow"):
                path = database_write(database, spilled, "sorted", form)
                assert path.stat().st_size > 10_000_000
            assert list((database.folder / "spill").iterdir())

    @pytest.mark.parametrize("form", ["parquet", "csv", "tsv", "json", "jsonl", "arrow", "excel"])
    def test_a_condition_with_a_query_over_the_table_itself_is_one(self, form: Any) -> None:
        result = aggregate_table(
            vega("stocks.csv"),
            group_by=["symbol"],
            where="price = (SELECT max(price) FROM given) -- the top",
            format=form,
        )
        assert result["groups"] == 1
        assert Path(result["table"]).stat().st_size > 0

    def test_a_mean_of_texts_is_refused(self) -> None:
        with pytest.raises(TableError, match="'symbol' holds VARCHAR"):
            aggregate_table(
                vega("stocks.csv"), group_by=["date"], values=["symbol"], functions=frozenset({"mean"})
            )


class TestJoin:
    def test_it_agrees_with_pandas(self, all_flights: Path, tmp_path: Path) -> None:
        airlines = flights("airlines", tmp_path)
        result = join_tables(all_flights, airlines)
        made = pd.read_parquet(result["table"])
        expected = pd.read_csv(all_flights).merge(pd.read_csv(airlines), on="carrier", how="left")
        assert list(made.columns) == list(expected.columns)
        assert made["name"].value_counts().to_dict() == expected["name"].value_counts().to_dict()
        assert result["left_without_match"] == 0

    @pytest.mark.parametrize("kind", ["inner", "left", "right", "full", "only matching", "only missing"])
    def test_every_kind_keeps_its_rows(self, tmp_path: Path, kind: Any) -> None:
        left = write(tmp_path / "l.csv", "k,v\n1,a\n2,b\n2,c\n,d\n")
        right = write(tmp_path / "r.csv", "k,v\n2,x\n2,y\n3,z\n")
        result = join_tables(left, right, on=["k"], kind=kind, format="csv")
        rows = [tuple(row.values()) for row in rows_of(result["table"])]
        both = [("2", "b", "x"), ("2", "b", "y"), ("2", "c", "x"), ("2", "c", "y")]
        alone, other = [("1", "a", ""), ("", "d", "")], [("3", "", "z")]
        expected: dict[str, Any] = {
            "inner": both, "left": both + alone, "right": both + other, "full": both + alone + other,
            "only matching": [("2", "b"), ("2", "c")], "only missing": [("1", "a"), ("", "d")],
        }  # fmt: skip
        assert sorted(rows) == sorted(expected[kind])
        assert result["rows"] == len(rows)
        assert (result["left_without_match"], result["right_without_match"], result["matches"]) == (2, 1, 4)

    def test_numbers_and_texts_are_compared_as_texts(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        left = write(tmp_path / "l.csv", "id,a\n1,x\n2,y\n")
        right = write(tmp_path / "r.csv", "number,b\n1,p\nnone,q\n")
        result = join_tables(left, right, on=["id = number"], kind="inner", format="csv")
        assert rows_of(result["table"]) == [{"id": "1", "a": "x", "b": "p"}]
        assert "compared as texts" in capsys.readouterr().out

    @pytest.mark.parametrize("kind", ["inner", "full"])
    def test_a_number_matches_its_text_however_it_is_written(self, tmp_path: Path, kind: Any) -> None:
        left = write(tmp_path / "l.csv", "id,a\n1.0,x\n2.5,y\n-3,z\n4.25,w\n7,v\n")
        right = write(tmp_path / "r.csv", "id,b\n1,p\n2.50,q\n-3.000,r\n4.25,s\n007,t\nnone,u\n")
        result = join_tables(left, right, on=["id"], kind=kind, format="csv")
        rows = rows_of(result["table"])
        assert {row["a"]: row["b"] for row in rows if row["a"] and row["b"]} == {
            "x": "p",
            "y": "q",
            "z": "r",
            "w": "s",
        }
        assert (result["matches"], result["rows"]) == (4, len(rows))
        if kind == "full":
            assert {row["id"] for row in rows if not row["a"]} == {"007", "none"}

    def test_decimals_match_their_texts(self, tmp_path: Path) -> None:
        exact = pa.array([Decimal("1.50"), Decimal("10.00")], pa.decimal128(9, 2))
        pq.write_table(pa.table({"id": exact}), tmp_path / "l.parquet")
        right = write(tmp_path / "r.csv", "id,b\n1.5,p\n10,q\nten,r\n")
        assert join_tables(tmp_path / "l.parquet", right, kind="inner")["rows"] == 2

    @pytest.mark.parametrize("kind", ["inner", "left", "right", "full", "only matching", "only missing"])
    def test_the_tables_are_joined_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any
    ) -> None:
        asked: list[str] = []
        run = Database.run

        def noted(database: Database, sql: str, values: Any = ()) -> Any:
            asked.append(sql)
            return run(database, sql, values)

        monkeypatch.setattr(Database, "run", noted)
        left = write(tmp_path / "l.csv", "k,v\n1,a\n2,b\n")
        join_tables(left, write(tmp_path / "r.csv", "k,w\n2,x\n"), on=["k"], kind=kind)
        assert len([sql for sql in asked if " JOIN other " in sql]) == 1

    def test_a_join_that_would_explode_is_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path / "same.csv", "k,n\n" + "".join(f"a,{n}\n" for n in range(3000)))
        with pytest.raises(TableError, match="9,000,000 rows"):
            join_tables(path, path, on=["k"])

    def test_tables_with_nothing_in_common_say_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match="no column of the same name"):
            join_tables(vega("stocks.csv"), flights("planes", tmp_path))
        with pytest.raises(
            TableError, match=r"on: airlines has no column 'carier'; the closest is 'carrier'"
        ):
            join_tables(flights("airlines", tmp_path), flights("airlines", tmp_path), on=["carier"])
        with pytest.raises(TableError, match="right: choose a table"):
            join_tables(vega("stocks.csv"), None)


class TestPlot:
    @pytest.mark.parametrize(
        ("kind", "x", "y", "color"),
        [
            ("auto", "", "", ""), ("bar", "carrier", "", ""), ("bar", "carrier", "dep_delay", "origin"),
            ("line", "time_hour", "dep_delay", ""), ("line", "month", "dep_delay", "carrier"),
            ("scatter", "dep_delay", "arr_delay", "carrier"), ("histogram", "distance", "", "origin"),
            ("histogram", "time_hour", "", ""), ("box", "carrier", "dep_delay", ""),
            ("heatmap", "month", "carrier", "dep_delay"), ("heatmap", "time_hour", "hour", ""),
        ],
    )  # fmt: skip
    def test_every_kind_draws_a_year_of_flights_with_few_marks(
        self, all_flights: Path, kind: Any, x: str, y: str, color: str
    ) -> None:
        result = plot_table(all_flights, kind=kind, x=x, y=y, color=color)
        chart = Path(result["chart"])
        assert 1 < result["marks"] <= 20_000
        assert chart.stat().st_size < 2_000_000
        # The chart is one that the library of the preview draws.
        assert "<svg" in vl_convert.vegalite_to_svg(chart.read_text())

    def test_cells_of_a_heat_map_begin_with_their_numbers(self, tmp_path: Path) -> None:
        exact = [Decimal(number) / 10 for number in range(40)]
        path = write(tmp_path / "x.csv", "x,y\n" + "".join(f"{each},a\n" for each in exact))
        cells = json_of(plot_table(path, kind="heatmap", x="x", y="y")["chart"])["data"]["values"]
        wanted = Counter(float(each // Decimal("0.2") * Decimal("0.2")) for each in exact)
        assert {cell["x"]: cell["value"] for cell in cells} == wanted

    def test_bars_are_what_pandas_reckons(self, all_flights: Path) -> None:
        result = plot_table(all_flights, kind="bar", x="carrier", y="dep_delay", total="median")
        expected = pd.read_csv(all_flights).groupby("carrier")["dep_delay"].median()
        bars = {bar["x"]: bar["value"] for bar in json_of(result["chart"])["data"]["values"]}
        assert bars == pytest.approx(dict(expected))

    @pytest.mark.parametrize("total", ["count", "sum"])
    def test_the_largest_bars_are_so_with_all_their_colors(self, tmp_path: Path, total: Any) -> None:
        # One bar of 46 is the longest by five colors, each of them shorter than all the others.
        lengths = [(f"bar{n:02}", "one", 30 + n) for n in range(45)] + [
            ("many", f"color{n}", 20) for n in range(5)
        ]
        times = total == "count"
        lines = [f"{x},{c},{1 if times else n}\n" * (n if times else 1) for x, c, n in lengths]
        path = write(tmp_path / "b.csv", "x,c,v\n" + "".join(lines))
        result = plot_table(path, kind="bar", x="x", y="v", color="c", total=total)
        chart = json_of(result["chart"])
        sums: Counter[str] = Counter()
        for mark in chart["data"]["values"]:
            sums[mark["x"]] += mark["value"]
        assert sums == {"many": 100} | {f"bar{n:02}": 30 + n for n in range(6, 45)}
        assert "The 40 largest of 46" in result["notes"][0]
        svg = vl_convert.vegalite_to_svg(Path(result["chart"]).read_text())
        shown = re.findall(r">(many|bar\d\d)</text>", svg)
        assert shown == ["many", *(f"bar{n:02}" for n in range(44, 5, -1))]

    def test_boxes_are_what_pandas_reckons(self) -> None:
        result = plot_table(vega("stocks.csv"), kind="box", x="symbol", y="price")
        groups = pd.read_csv(vega("stocks.csv")).groupby("symbol")["price"]
        layers = json_of(result["chart"])
        for box in layers["data"]["values"] if "data" in layers else layers["layer"][0]["data"]["values"]:
            values = groups.get_group(box["x"])
            q1, middle, q3 = values.quantile([0.25, 0.5, 0.75])
            inside = values[(values >= q1 - 1.5 * (q3 - q1)) & (values <= q3 + 1.5 * (q3 - q1))]
            assert (box["q1"], box["middle"], box["q3"]) == pytest.approx((q1, middle, q3))
            assert (box["low"], box["high"], box["outside"]) == pytest.approx(
                (inside.min(), inside.max(), len(values) - len(inside))
            )

    @pytest.mark.parametrize(("picture", "starts"), [("svg", b"<svg"), ("png", b"\x89PNG")])
    def test_a_picture_is_left_when_wanted(self, picture: Any, starts: bytes) -> None:
        result = plot_table(vega("stocks.csv"), x="date", y="price", color="symbol", picture=picture)
        assert Path(result["pictures"][0]).read_bytes().startswith(starts)

    def test_a_chart_too_full_says_what_it_leaves_out(self, tmp_path: Path) -> None:
        result = plot_table(flights("airports", tmp_path), kind="bar", x="name")
        assert "The 40 largest of" in result["notes"][0]

    @pytest.mark.parametrize(
        ("params", "says"),
        [
            ({"x": "prise"}, "the closest is 'price'"),
            ({"kind": "scatter", "x": "price"}, "y: a scatter needs"),
            ({"kind": "histogram", "x": "symbol"}, "x: a histogram needs numbers"),
            ({"kind": "bar", "x": "date", "y": "symbol"}, "take the total 'count'"),
            ({"where": "price < 0"}, "No row is left"),
        ],
    )
    def test_what_cannot_be_drawn_says_why(self, params: dict[str, Any], says: str) -> None:
        with pytest.raises(TableError, match=says):
            plot_table(vega("stocks.csv"), **params)


def test_a_table_of_millions_of_rows_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "millions.csv"
    block = "".join(f"{n % 1000},{n * 0.5},name {n % 50}\n" for n in range(10_000))
    with path.open("w") as file:
        file.write("key,value,name\n")
        for _ in range(300):
            file.write(block)
    code = (
        "import sys; from pathlib import Path; "
        "from jupyter_toolrunner.starter import aggregate_table; "
        "r = aggregate_table(Path(sys.argv[1]), group_by=['name'], values=['value'], functions=frozenset({'sum'})); "
        "assert r['rows_in'] == 3_000_000 and r['groups'] == 50, r; "
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) < 500_000
