"""The tools for folders, on what packages bring and on folders with everything wrong in them."""

from __future__ import annotations

import csv
import datetime
import gzip
import hashlib
import http.server
import json
import os
import re
import shutil
import tempfile
import threading
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree

import bs4
import pyarrow.parquet as pq
import pytest

from jupyter_toolrunner import starter
from jupyter_toolrunner.starter import (
    check_links,
    draw_timeline,
    export_site,
    find_duplicates,
    make_sitemap,
    summarize_folder,
    validate_metadata,
)
from jupyter_toolrunner.starter.dates import date_of, dates_in
from jupyter_toolrunner.starter.folder import sitemap
from jupyter_toolrunner.starter.folder.metadata import SchemaError
from jupyter_toolrunner.starter.folders import EXAMPLES, FolderError

from .data import json_of, package, rows_of, vega, write

OF_FOLDERS = (
    "check_links", "draw_timeline", "export_site", "find_duplicates", "make_glossary", "make_sitemap", "search_folder",
    "summarize_folder", "table_of_contents", "tag_cloud", "text_statistics", "validate_metadata",
)  # fmt: skip


@pytest.fixture(params=OF_FOLDERS)
def of_folders(request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    found: Callable[..., dict[str, Any]] = getattr(starter, request.param)
    return found


@pytest.fixture
def bad_folder(tmp_path: Path) -> Path:
    """One good page among all that goes wrong with files."""
    folder = tmp_path / "bad"
    text = "# Good\n\nA pear is a fruit. Pears pears pears pears. [x](good.md)\n"
    write(folder / "good.md", f"---\ntitle: Good\ndate: 2024-01-02\ntags: [good]\n---\n{text}")
    (folder / "binary.md").write_bytes(b"\x00\x01PNG\xff" * 1000)
    (folder / "broken.md").write_bytes(b"# \xff\xfe\xd0 caf\xe9 \x80\n")
    (folder / "empty.md").touch()
    write(folder / "front.md", "---\n: [\n---\ntext\n")
    write(folder / "nested.md", "[" * 5000 + "![" * 5000)
    write(folder / "deep.json", "[" * 100_000)
    write(folder / "notebook.ipynb", "{")
    write(
        folder / "odd.ipynb", '{"cells": [1, {"cell_type": "markdown", "source": {"a": 1}}], "metadata": 5}'
    )
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / "self.md").symlink_to("self.md")
    os.mkfifo(folder / "pipe.md")
    write(folder / ".hidden" / "secret.md", "# Secret")
    write(folder / "node_modules" / "x.md", "# Not mine")
    with (folder / "huge.md").open("wb") as file:
        file.truncate(40 * 2**20)
    return folder


def state(folder: Path) -> dict[str, Any]:
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in [folder, *folder.rglob("*")]
        if "circle" not in path.parts
    }


class TestAnyFolder:
    def test_what_is_wrong_with_files_harms_nothing_and_is_told(
        self, of_folders: Callable[..., dict[str, Any]], bad_folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = state(bad_folder)
        result = of_folders(bad_folder)
        said = capsys.readouterr().out
        assert result["left_out"] >= 2
        for name in (
            "gone.md: a link that leads nowhere",
            "self.md: a link that leads nowhere",
            "pipe.md: not a file",
        ):
            assert f"Left out {name}" in said
        for path in Path().rglob("*"):
            if path.suffix in (".md", ".csv", ".json", ".html", ".xml"):
                content = path.read_text(encoding="utf-8")
                assert "Secret" not in content, path
                assert "Not mine" not in content, path
        assert state(bad_folder) == before

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("nothing", "There is no folder"),
            ("file.md", "is a file, not a folder"),
            ("empty", "There is no"),
            ("loop", "cannot be"),
        ],
    )
    def test_what_is_no_folder_says_so(
        self, of_folders: Callable[..., dict[str, Any]], tmp_path: Path, path: str, says: str
    ) -> None:
        write(tmp_path / "file.md", "x")
        (tmp_path / "empty").mkdir()
        (tmp_path / "loop").symlink_to("loop")
        with pytest.raises(FolderError, match=says):
            of_folders(tmp_path / path)

    def test_the_same_folder_gives_the_same_files(
        self, of_folders: Callable[..., dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            monkeypatch.chdir(tmp_path / name)
            of_folders()
            files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
            made.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
        assert made[0] == made[1]

    def test_what_may_not_be_read_is_left_out(self, of_folders: Callable[..., dict[str, Any]]) -> None:
        result = _as_nobody(of_folders)
        assert result["left_out"] >= 2, result


def _as_nobody(tool: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The tool's result for a folder of which parts are closed to us, as a user who is not root."""
    # Where everybody may go: the folder for temporary files that a test gets may be closed to others.
    root = Path(tempfile.mkdtemp(prefix="closed-", dir="/tmp"))
    reader, writer = os.pipe()
    try:
        shutil.copytree(EXAMPLES, root / "notes")
        write(root / "notes" / "closed" / "x.md", "# X")
        write(root / "notes" / "shut.md", "# Shut")
        write(root / "notes" / "shut.csv", "a")
        (root / "run").mkdir()
        (root / "run").chmod(0o777)
        root.chmod(0o755)
        for path in ("closed", "shut.md", "shut.csv"):
            (root / "notes" / path).chmod(0)
        # All that it works with is loaded already, where root's own folders are closed to it.
        os.chdir(root / "run")
        tool()
        if (pid := os.fork()) == 0:
            try:
                os.chdir(root / "run")
                if os.geteuid() == 0:
                    for file in (root / "run").rglob("*"):
                        file.chmod(0o777)
                    os.setuid(65534)
                answer = json.dumps(tool(root / "notes"), default=str)
            except BaseException:  # noqa: BLE001 - told by the parent
                answer = json.dumps({"left_out": 0, "error": traceback.format_exc()})
            os.write(writer, answer.encode())
            os._exit(0)
        os.close(writer)
        with open(reader, "rb", closefd=False) as pipe:
            found: dict[str, Any] = json.loads(pipe.read())
        os.waitpid(pid, 0)
        return found
    finally:
        os.close(reader)
        (root / "notes" / "closed").chmod(0o700)
        shutil.rmtree(root)


class TestSummary:
    def test_every_file_of_a_package_is_counted(self) -> None:
        root = package("networkx")
        result = summarize_folder(root, exclude=["__pycache__"])
        paths = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        table = pq.read_table(result["table"]).to_pylist()
        assert result["files"] == len(paths) == len(table)
        assert result["bytes"] == sum(path.stat().st_size for path in paths)
        by_name = {row["file"]: row for row in table}
        for path in paths:
            row = by_name[path.relative_to(root).as_posix()]
            assert row["bytes"] == path.stat().st_size
            if path.suffix == ".py":
                assert row["lines"] == len(path.read_text(encoding="utf-8").splitlines())
        assert result["empty"] == sum(path.stat().st_size == 0 for path in paths)

    def test_files_of_a_kind_and_of_a_month_add_up(self) -> None:
        result = summarize_folder(vega("."), exclude=[])
        chart = json_of(result["chart"])
        assert sum(bar["bytes"] for bar in chart["vconcat"][0]["data"]["values"]) == result["bytes"]
        assert sum(bar["files"] for bar in chart["vconcat"][1]["data"]["values"]) == result["files"]


class TestDuplicates:
    def test_equal_files_are_those_with_equal_bytes(self) -> None:
        root = package("networkx").parent / "numpy"
        result = find_duplicates(root, near=False, exclude=["__pycache__"])
        digests: dict[bytes, list[str]] = {}
        for path in root.rglob("*"):
            if (
                path.is_file()
                and not path.name.startswith(".")
                and "__pycache__" not in path.parts
                and path.stat().st_size
            ):
                digests.setdefault(hashlib.md5(path.read_bytes()).digest(), []).append(
                    path.relative_to(root).as_posix()
                )
        expected = {frozenset(names) for names in digests.values() if len(names) > 1}
        found: dict[str, set[str]] = {}
        for row in rows_of("same.csv"):
            found.setdefault(row["group"], set()).add(row["file"])
        assert {frozenset(names) for names in found.values()} == expected
        assert result["groups"] == len(expected) > 0

    def test_large_files_that_differ_at_the_end_are_not_equal(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        for name, end in (("a", b"1"), ("b", b"2"), ("c", b"1")):
            (tmp_path / "d" / name).write_bytes(b"x" * 300_000 + end)
        assert find_duplicates(tmp_path / "d")["wasted_bytes"] == 300_001
        assert {row["file"] for row in rows_of("same.csv")} == {"a", "c"}

    def test_another_name_of_the_same_file_wastes_nothing(self, tmp_path: Path) -> None:
        write(tmp_path / "d" / "a.txt", "x" * 1000)
        (tmp_path / "d" / "b.txt").hardlink_to(tmp_path / "d" / "a.txt")
        result = find_duplicates(tmp_path / "d")
        assert (result["groups"], result["wasted_bytes"]) == (1, 0)

    def test_similarity_is_that_of_the_runs_of_words(self, tmp_path: Path) -> None:
        words = [f"слово{'абвгдежзик'[n % 10]}{'лмнопрстуф'[n // 10]}" for n in range(100)]
        write(tmp_path / "d" / "one.txt", " ".join(words))
        write(tmp_path / "d" / "two.md", " ".join([*words[:50], "другое", *words[51:]]))
        write(tmp_path / "d" / "far.txt", " ".join(reversed(words)))
        find_duplicates(tmp_path / "d", similarity=0.5)
        # 97 runs of four words each; four of them have the word that differs.
        assert rows_of("similar.csv") == [
            {"similarity": f"{93 / 101:.4f}", "one": "one.txt", "other": "two.md"}
        ]
        assert find_duplicates(tmp_path / "d", similarity=0.95)["similar"] == 0


class TestLinks:
    def test_every_kind_of_broken_link_is_found_with_its_line(self, tmp_path: Path) -> None:
        folder = tmp_path / "site"
        write(folder / "index.md", (
            "# Home\n\n[ok](page) [ok](page.md#part-two) [ok](/sub/) [ok](sub) [ok](#home) [ok](pic.png)\n[bad](pagee.md)\n"
            "[bad](page.md#part-tow)\n[bad](../outside.md) ![bad](no.png)\n[[Page]] [[Nowhere]] [[page#Part two]]\n"
            "[mail](mailto:a@b.c) [web](https://example.org/x) \n\n[ref]\n\n[ref]: gone.html\n\n`[code](no.md)`\n"
        ))  # fmt: skip
        write(folder / "page.md", "# Page\n\n## Part two\n\n<a id='own'></a> [own](#own) [case](#Part-Two)\n")
        write(
            folder / "sub" / "index.html",
            '<h1 id="a">x</h1><a href="../page.md#own">1</a><a href="#b">2</a><img src="x.gif">',
        )
        (folder / "pic.png").touch()
        result = check_links(folder)
        found = {(row["page"], row["line"], row["link"], row["kind"]) for row in rows_of(result["table"])}
        assert found == {
            ("index.md", "4", "pagee.md", "missing file"), ("index.md", "5", "page.md#part-tow", "missing anchor"),
            ("index.md", "6", "../outside.md", "outside"), ("index.md", "6", "no.png", "missing file"),
            ("index.md", "7", "Nowhere", "missing file"), ("index.md", "10", "gone.html", "missing file"),
            ("sub/index.html", "1", "#b", "missing anchor"), ("sub/index.html", "1", "x.gif", "missing file"),
        }  # fmt: skip
        messages = {row["link"]: row["message"] for row in rows_of(result["table"])}
        assert messages["pagee.md"].endswith("the closest is page.md")
        assert messages["page.md#part-tow"].endswith("the closest is #part-two")
        assert result["addresses"] == 1

    def test_documentation_that_a_package_brings_is_read(self) -> None:
        root = package("networkx").parent / "matplotlib"
        result = check_links(root)
        sources = [path for path in root.rglob("*") if path.suffix in (".md", ".html", ".ipynb")]
        assert result["pages"] == len([path for path in sources if not path.name.startswith(".")]) > 0

    def test_pages_that_nobody_links_to_are_told_when_wanted(self) -> None:
        result = check_links(pages_alone=True)
        alone = {row["page"] for row in rows_of(result["table"]) if row["kind"] == "unused"}
        assert alone == {"about.html", "brightness.ipynb", "drafts/orbits (copy).md", "logs/2024-04-20.md"}

    def test_the_web_is_asked_only_when_wanted_and_each_address_once(
        self, tmp_path: Path, site: Site
    ) -> None:
        text = "".join(
            f"[x]({site.url}/{name})\n"
            for name in ("ok", "ok#a", "gone", "no-head", "teapot", "round", "closed")
        )
        write(tmp_path / "w" / "a.md", f"{text}[y](http://127.0.0.1:1/nobody)\n")
        check_links(tmp_path / "w")
        assert site.asked == Counter()
        result = check_links(tmp_path / "w", web=True, timeout=5)
        assert {row["link"].rpartition("/")[2]: row["kind"] for row in rows_of(result["table"])} == {
            "gone": "web", "round": "web", "closed": "unsure", "nobody": "web", "teapot": "web",
        }  # fmt: skip
        assert site.asked[("HEAD", "/ok")] == 1
        assert site.asked[("GET", "/ok")] == 0
        assert result["addresses_asked"] == 7
        assert result["broken"] == 4

    def test_a_host_that_never_answers_is_waited_for_no_longer_than_said(
        self, tmp_path: Path, site: Site
    ) -> None:
        write(tmp_path / "w" / "a.md", f"[x]({site.url}/never)")
        result = check_links(tmp_path / "w", web=True, timeout=0.3)
        assert rows_of(result["table"])[0]["message"] == "no answer in time"


class Site:
    """A server of our own, which counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.ended = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer()

            def do_GET(self) -> None:
                self.answer()

            def answer(self) -> None:
                outer.asked[(self.command, self.path)] += 1
                name = self.path.strip("/")
                if name == "never":
                    outer.ended.wait()
                status = {"gone": 404, "teapot": 418, "closed": 403, "round": 302}.get(name, 200)
                if name == "no-head" and self.command == "HEAD":
                    status = 405
                self.send_response(status)
                if name == "round":
                    self.send_header("Location", "/round")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.stop()


class TestMetadata:
    SCHEMA: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["title", "date"],
        "properties": {
            "title": {"type": "string", "minLength": 3},
            "date": {"type": "string", "format": "date"},
            "tags": {"$ref": "tags.json"},
            "n": {"type": "integer"},
        },
    }  # fmt: skip

    @pytest.fixture
    def pages(self, tmp_path: Path) -> Path:
        write(tmp_path / "schema.json", json.dumps(self.SCHEMA))
        write(tmp_path / "tags.json", '{"type": "array", "items": {"type": "string"}}')
        folder = tmp_path / "pages"
        write(folder / "good.md", "---\ntitle: Good\ndate: 2024-02-29\ntags: [a]\nn: 1\n---\n")
        write(folder / "bad.md", "---\ntitel: Good\ndate: 29 February\ntags:\n  - a\n  - 5\nn: one\n---\n")
        write(folder / "none.md", "# No front matter\n")
        write(folder / "broken.md", "---\na: [\n---\n")
        return folder

    def test_each_problem_has_its_place_and_line(self, pages: Path, tmp_path: Path) -> None:
        result = validate_metadata(pages, tmp_path / "schema.json")
        found = {
            (row["file"], row["line"], row["where"]): row["message"]
            for row in rows_of(result["problems_table"])
        }
        assert set(found) == {
            ("bad.md", "1", ""), ("bad.md", "3", "date"), ("bad.md", "4", "tags.1"), ("bad.md", "7", "n"),
            ("broken.md", "1", ""),
        }  # fmt: skip
        assert found[("bad.md", "1", "")] == "'title' is missing; there is 'titel'"
        assert (result["checked"], result["without"], result["valid"]) == (2, 1, False)

    def test_a_page_without_any_is_a_problem_only_where_wanted(self, pages: Path) -> None:
        validate_metadata(pages, required=["date"], need_front_matter=True)
        assert {row["file"] for row in rows_of("problems.csv")} == {"none.md", "broken.md"}

    def test_data_files_are_held_against_names_that_must_be_there(self) -> None:
        root = package("jsonschema_specifications") / "schemas"
        result = validate_metadata(root, required=["noSuchName"], where="data files")
        assert result["problems"] == result["checked"] == len(list(root.rglob("*.json"))) > 3

    def test_all_metadata_stand_side_by_side(self) -> None:
        result = validate_metadata()
        rows = {row["file"]: row for row in rows_of(result["values_table"])}
        assert rows["moons.md"]["tags"] == "moons, jupiter, saturn"
        assert rows["moons.md"]["date"] == "2024-03-12"
        assert "| `tags` | 12 | list, text |" in Path(result["report"]).read_text()

    @pytest.mark.parametrize(
        ("schema", "says"),
        [
            ("{", "is not JSON"), ("[]", "is a list"),
            ('{"type": "objekt"}', "at type"), ('{"properties": 5}', "at properties"),
            ('{"$ref": "https://example.org/x.json"}', "nothing is fetched"),
            ('{"$ref": "nowhere.json"}', "nothing is fetched"),
            ('{"$ref": "../../secret.json"}', "nothing is fetched"),
        ],
    )  # fmt: skip
    def test_a_schema_that_is_none_says_why(
        self, pages: Path, tmp_path: Path, schema: str, says: str
    ) -> None:
        with pytest.raises(SchemaError, match=says):
            validate_metadata(pages, write(tmp_path / "s.json", schema))

    def test_a_schema_that_is_not_there_says_so(self, pages: Path, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match="cannot be read"):
            validate_metadata(pages, tmp_path / "none.json")


class TestDates:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("on 1961-04-12 and 1961-05", ["1961-04-12", "1961-05-01"]), ("12 April 1961", ["1961-04-12"]),
            ("April 12, 1961", ["1961-04-12"]), ("the 3rd of May 2001", ["2001-05-03"]), ("Sept. 9 1999", ["1999-09-09"]),
            ("in March 2020", ["2020-03-01"]), ("12 апреля 1961 года", ["1961-04-12"]), ("1 мая 1945", ["1945-05-01"]),
            ("в декабре 2019 года", ["2019-12-01"]), ("12.04.1961", ["1961-04-12"]), ("31 февраля 1961, 1961-13-01", []),
            ("version 1.2.2020.5, page 1961-04-123, 2024", []), ("марта 5, 1953", []), ("May 5", []), ("mayor 2020", []),
        ],
    )  # fmt: skip
    def test_dates_are_read_as_people_write_them(self, text: str, expected: list[str]) -> None:
        assert [found.date.isoformat() for found in dates_in(text)] == expected

    def test_a_value_is_a_date_or_not(self) -> None:
        assert date_of(datetime.date(2024, 1, 2)) is not None
        year = date_of(1961)
        assert year is not None
        assert year.precision == "year"
        assert [date_of(value) for value in (None, True, 12, "soon", ["2024-01-01"])] == [None] * 5


class TestTimeline:
    def test_events_of_a_table_are_its_rows(self) -> None:
        result = draw_timeline(
            table=vega("seattle-weather.csv"),
            label="weather",
            group="weather",
            begin_year=2013,
            end_year=2014,
        )
        with vega("seattle-weather.csv").open() as file:
            expected = [row for row in csv.DictReader(file) if row["date"][:4] in ("2013", "2014")]
        rows = rows_of(result["table"])
        assert [row["date"] for row in rows] == [row["date"].replace("/", "-") for row in expected]
        assert Counter(row["lane"] for row in rows) == Counter(row["weather"] for row in expected)

    def test_events_have_an_end_where_the_table_has_one(self, tmp_path: Path) -> None:
        path = write(tmp_path / "e.csv", "begin;until;what\n12.04.1961;15.04.1961;полёт\n;;ничего\n")
        result = draw_timeline(table=path, end="until")
        assert rows_of(result["table"])[0]["end"] == "1961-04-15"
        assert "x2" in Path(result["chart"]).read_text()

    def test_pages_and_sentences_of_a_folder_are_told_apart(self) -> None:
        pages = draw_timeline(source="front matter")
        texts = draw_timeline(source="text")
        both = draw_timeline()
        assert both["events"] == pages["events"] + texts["events"]
        assert pages["first"] == "2024-03-01"
        assert texts["first"] == "1610-01-07"

    def test_wrong_columns_and_no_dates_say_so(self, tmp_path: Path) -> None:
        with pytest.raises(
            ValueError, match=r"date: seattle-weather has no column 'data'; the closest is 'date'"
        ):
            draw_timeline(table=vega("seattle-weather.csv"), date="data")
        with pytest.raises(FolderError, match="holds no dates"):
            draw_timeline(table=vega("stocks.csv"), date="symbol")
        with pytest.raises(FolderError, match="No date was found"):
            draw_timeline(begin_year=2100)


class TestSitemap:
    NAMESPACE: ClassVar[dict[str, str]] = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}

    def addresses(self, data: bytes) -> list[str]:
        root = ElementTree.fromstring(data)
        return [node.text or "" for node in root.findall("s:url/s:loc", self.NAMESPACE)]

    @pytest.fixture
    def pages(self, tmp_path: Path) -> Path:
        folder = tmp_path / "site"
        write(folder / "index.html", "<title>Home</title>")
        write(folder / "a & b.md", "---\ndate: 2024-05-06\n---\n# A")
        write(folder / "README.md", "# The same address")
        write(folder / "д" / "index.md", "# Д")
        write(folder / "draft.md", "---\ndraft: true\n---\n# D")
        write(folder / "hidden.html", '<meta name="robots" content="noindex, follow">')
        return folder

    def test_pages_have_addresses_and_drafts_have_none(self, pages: Path) -> None:
        result = make_sitemap(pages, base_url="https://example.org/notes")
        data = Path(result["sitemap"]).read_bytes()
        assert self.addresses(data) == [
            "https://example.org/notes/", "https://example.org/notes/a%20&%20b.html", "https://example.org/notes/%D0%B4/",
        ]  # fmt: skip
        assert b"a%20&amp;%20b.html</loc><lastmod>2024-05-06</lastmod>" in data
        assert (result["hidden"], result["left_out"]) == (2, 3)

    @pytest.mark.parametrize(("style", "end"), [("folder", "a%20&%20b/"), ("as it is", "a%20&%20b.md")])
    def test_addresses_are_made_as_the_site_makes_them(self, pages: Path, style: Any, end: str) -> None:
        result = make_sitemap(pages, style=style, packed=True, changed="none")
        data = gzip.decompress(Path(result["sitemap"]).read_bytes())
        assert f"https://example.org/{end}" in self.addresses(data)
        assert b"lastmod" not in data

    def test_more_pages_than_the_protocol_allows_become_several_files(self) -> None:
        made = [sitemap.Address(f"{n}.html", f"https://example.org/{n}.html", "", "") for n in range(50_001)]
        names = sitemap._write(made, "https://example.org/", packed=True)
        index = ElementTree.parse(names[0]).getroot()
        assert [node.text for node in index.findall("s:sitemap/s:loc", self.NAMESPACE)] == [
            f"https://example.org/{name}" for name in names[1:]
        ]
        parts = [self.addresses(gzip.decompress(Path(name).read_bytes())) for name in names[1:]]
        assert [len(part) for part in parts] == [50_000, 1]

    @pytest.mark.parametrize(
        "base", ["", "example.org", "ftp://x/", "https://", "https://a/?q=1", "http://[x/"]
    )
    def test_what_is_no_address_of_a_site_is_refused(self, base: str) -> None:
        with pytest.raises(FolderError, match="not the address of a site"):
            make_sitemap(base_url=base)


class TestSite:
    def pages(self, name: str = "notes.site.zip") -> dict[str, bs4.BeautifulSoup]:
        with zipfile.ZipFile(name) as archive:
            assert archive.testzip() is None
            return {
                entry: bs4.BeautifulSoup(archive.read(entry), "html.parser")
                for entry in archive.namelist()
                if entry.endswith(".html")
            }

    def test_every_link_within_the_site_leads_somewhere(self) -> None:
        result = export_site(exclude=["drafts", "about.html"])
        pages = self.pages()
        assert result["pages"] == len(pages) == 12
        links = 0
        for name, soup in pages.items():
            for link in soup.find_all("a", href=True):
                target, _, fragment = unquote(str(link["href"])).partition("#")
                if target.startswith("http") or "lenses" in target:
                    continue
                where = unquote(urljoin(f"/{name}", target or f"/{name}")).lstrip("/")
                assert where in pages, (name, link)
                assert not fragment or pages[where].find(id=fragment) is not None, (name, link)
                links += 1
        assert links > 150

    def test_it_loads_nothing_from_elsewhere(self) -> None:
        export_site()
        for soup in self.pages().values():
            assert not soup.find_all(["script", "link", "iframe"])
            assert not re.search(r"url\(|@import", str(soup.style))

    def test_pictures_and_links_to_files_come_along(self, tmp_path: Path) -> None:
        folder = tmp_path / "s"
        write(
            folder / "a" / "page.md",
            "# P\n![x](../img/x%20y.png) [data](d.csv) [[Other page|o]] <img src=raw.png>\n",
        )
        write(folder / "Other page.md", "# O\n")
        write(folder / "own.html", '<a href="a/page.md#p">p</a><img src="img/x y.png">')
        for name in ("img/x y.png", "a/d.csv", "unused.bin", "a/raw.png"):
            write(folder / name, name)
        result = export_site(folder, form="folder")
        made = {path.relative_to("s.site").as_posix() for path in Path("s.site").rglob("*") if path.is_file()}
        assert made == {"a/page.html", "Other page.html", "own.html", "index.html", "img/x y.png", "a/d.csv"}
        assert result["files"] == 2
        page = Path("s.site/a/page.html").read_text()
        assert 'src="../img/x%20y.png"' in page
        assert '<a href="../Other%20page.html">o</a>' in page
        assert 'href="a/page.html#p"' in Path("s.site/own.html").read_text()
        assert export_site(folder, files="all")["files"] == 4

    def test_html_in_markdown_is_kept_or_shown_as_text(self, tmp_path: Path) -> None:
        write(tmp_path / "s" / "index.md", "# X\n\n<div class=own>block</div>\n\nand <b>inline</b>\n")
        export_site(tmp_path / "s", raw_html=False)
        assert self.pages("s.site.zip")["index.html"].find(class_="own") is None
        export_site(tmp_path / "s")
        assert self.pages("s.site.zip")["index.html"].find(class_="own") is not None

    def test_names_and_titles_are_text(self, tmp_path: Path) -> None:
        write(
            tmp_path / "s" / "<b> & 'x'.md",
            "---\ntitle: '<script>alert(1)</script>'\ntags: ['<i>']\n---\ntext\n",
        )
        export_site(tmp_path / "s", title="<u>site</u>")
        for soup in self.pages("s.site.zip").values():
            assert not soup.find_all(["script", "i", "u"])

    def test_a_notebook_shows_its_code_and_what_it_printed(self) -> None:
        export_site()
        text = self.pages()["brightness.html"].get_text()
        assert "ratio = 100 ** (1 / 5)" in text
        assert "2.51" in text

    def test_a_read_me_leads_into_its_folder_and_never_takes_the_place_of_an_index(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path / "s" / "README.md", "# Read")
        write(tmp_path / "s" / "sub" / "README.md", "# Below")
        write(tmp_path / "s" / "sub" / "index.md", "# Index")
        write(tmp_path / "s" / "sub" / "index.txt", "Also")
        export_site(tmp_path / "s")
        assert set(self.pages("s.site.zip")) == {
            "index.html",
            "sub/readme.html",
            "sub/index.html",
            "sub/index-2.html",
        }

    def test_very_many_pages_do_not_name_each_other(self, tmp_path: Path) -> None:
        for number in range(160):
            write(tmp_path / "s" / f"f{number % 4}" / f"p{number}.md", f"# P{number}")
        result = export_site(tmp_path / "s")
        assert result["bytes"] < 4_000_000
        assert len(self.pages("s.site.zip")["index.html"].find_all("a")) >= 160

    def test_drafts_stay_at_home(self, tmp_path: Path) -> None:
        write(tmp_path / "s" / "a.md", "---\ndraft: true\n---\n# Draft")
        with pytest.raises(FolderError, match="all are drafts"):
            export_site(tmp_path / "s")
        assert export_site(tmp_path / "s", drafts=True)["pages"] == 1
