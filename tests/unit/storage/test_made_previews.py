"""Pictures, archives and graphs: made in a process with limits, whatever the file claims."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import threading
import zipfile
import zlib
from pathlib import Path
from typing import Any

import networkx
import pytest
from PIL import Image
from unit.storage.conftest import Shelf, ready

import jupyter_toolrunner
from jupyter_toolrunner.core.errors import InvalidRequest, NotAvailable
from jupyter_toolrunner.storage.previews.workshop import Order, Workshop


def _picture(mode: str, size: tuple[int, int], format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 60).save(out, format_, **options)
    return out.getvalue()


def _claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", _picture("RGBA", (900, 300), "PNG")),
        ("a.jpg", _picture("RGB", (900, 300), "JPEG")),
        ("cmyk.jpg", _picture("CMYK", (900, 300), "JPEG")),
        ("a.gif", _picture("P", (900, 300), "GIF")),
        ("a.tiff", _picture("I;16", (900, 300), "TIFF")),
        ("a.webp", _picture("RGB", (900, 300), "WEBP")),
    ],
)
def test_a_picture_is_made_smaller(shelf: Shelf, name: str, content: bytes) -> None:
    file = shelf.put(name, content)
    path, facts = ready(lambda: shelf.previews.picture(*file, 512))
    assert (facts["width"], facts["height"]) == (900, 300)
    with Image.open(path) as small:
        assert small.width == 512
        assert Image.MIME[str(small.format)] == facts["media_type"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_claims(200_000, 200_000), "200,000 × 200,000"),
        (_claims(19_000, 19_000), "cannot be read|could not be read|memory"),
        (b"no picture", "cannot be read"),
        (b"%!PS-Adobe\n(x) run", "cannot be read"),
    ],
)
def test_what_only_claims_to_be_a_picture_is_refused(shelf: Shelf, content: bytes, said: str) -> None:
    file = shelf.put("a.png", content)
    with pytest.raises(InvalidRequest, match=said):
        ready(lambda: shelf.previews.picture(*file, 512))


def _zip(entries: dict[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _tar(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, kind, target in (
            ("a.txt", tarfile.REGTYPE, ""),
            ("../../etc/passwd", tarfile.REGTYPE, ""),
            ("link", tarfile.SYMTYPE, "/etc/passwd"),
            ("device", tarfile.CHRTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return out.getvalue()


def test_an_archive_is_listed_and_never_unpacked(shelf: Shelf, tmp_path: Path) -> None:
    file = shelf.put(
        "a.zip", _zip({"a.txt": b"x" * 10, "../slip.txt": b"", "папка/б.txt": b"1", "C:\\x": b""})
    )
    found = ready(lambda: shelf.previews.entries(*file))["value"]
    assert [(one["name"], one["outside"]) for one in found["entries"]] == [
        ("a.txt", False),
        ("../slip.txt", True),
        ("папка/б.txt", False),
        ("C:\\x", True),
    ]
    assert found["outside"]
    assert not (tmp_path.parent / "slip.txt").exists()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_links_and_devices_in_an_archive_are_named(shelf: Shelf, mode: str) -> None:
    file = shelf.put("a.tar", _tar(mode))
    found = ready(lambda: shelf.previews.entries(*file))["value"]
    assert [(one["name"], one["kind"]) for one in found["entries"]] == [
        ("a.txt", "file"),
        ("../../etc/passwd", "file"),
        ("link", "link"),
        ("device", "device"),
    ]
    assert found["entries"][2]["note"] == "/etc/passwd"


def test_an_archive_that_would_fill_the_disk_is_called_suspicious(shelf: Shelf) -> None:
    file = shelf.put("bomb.zip", _zip({f"{i}": b"\0" * 30_000_000 for i in range(4)}))
    assert ready(lambda: shelf.previews.entries(*file))["value"]["suspicious"]


def test_of_many_entries_the_first_are_listed_and_all_are_counted(shelf: Shelf) -> None:
    file = shelf.put("many.zip", _zip({f"{i}": b"" for i in range(12_000)}))
    found = ready(lambda: shelf.previews.entries(*file))["value"]
    assert (len(found["entries"]), found["total"]) == (10_000, 12_000)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04" + b"x" * 100, b"\x1f\x8b" + b"y" * 100, b"noise" * 1000]
)
def test_a_damaged_archive_says_so(shelf: Shelf, content: bytes) -> None:
    file = shelf.put("a.zip", content)
    with pytest.raises(InvalidRequest):
        ready(lambda: shelf.previews.entries(*file))


def _graph() -> Any:
    graph = networkx.karate_club_graph()
    for node in graph:
        graph.nodes[node]["label"] = f"человек <b>{node}</b>"
    return graph


def _graph_file(ending: str, graph: Any) -> bytes:
    out = io.BytesIO()
    if ending == "graphml":
        networkx.write_graphml(graph, out)
    elif ending == "gexf":
        networkx.write_gexf(graph, out)
    else:
        out.write(json.dumps(networkx.node_link_data(graph, edges="edges")).encode())
    return out.getvalue()


@pytest.mark.parametrize("ending", ["graphml", "gexf", "graph.json"])
def test_a_graph_of_each_format_gets_places_for_its_nodes(shelf: Shelf, ending: str) -> None:
    file = shelf.put(f"a.{ending}", _graph_file(ending, _graph()))
    found = ready(lambda: shelf.previews.graph(*file))["value"]
    assert (found["nodes"], found["links"], len(found["edges"])) == (34, 78, 78)
    assert found["labels"][3] == "человек <b>3</b>"
    places = {(x, y) for x, y in zip(found["x"], found["y"], strict=True)}
    assert len(places) == 34
    assert all(-0.01 <= number <= 1.01 for place in places for number in place)
    near = [
        abs(found["x"][a] - found["x"][b]) + abs(found["y"][a] - found["y"][b]) for a, b in found["edges"]
    ]
    assert sum(near) / len(near) < 0.5


def test_of_a_large_graph_the_nodes_with_most_links_are_drawn(shelf: Shelf) -> None:
    graph = networkx.barabasi_albert_graph(6_000, 2, seed=1)
    file = shelf.put("large.graph.json", _graph_file("graph.json", graph))
    found = ready(lambda: shelf.previews.graph(*file))["value"]
    assert (found["nodes"], len(found["labels"])) == (6_000, 5_000)
    assert min(found["degrees"]) >= 2
    assert found["hidden_links"] + len(found["edges"]) == found["links"]


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><graphml><graph><node id="&b;"/></graph></graphml>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><graphml><graph><node id="&a;"/></graph></graphml>"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LAUGHS, "entities"),
        (OUTSIDE, "entities"),
        (b"<a>" * 100_000, "deeply"),
        (b"<html/>", "no graph"),
        (b"no xml", "no XML"),
        (b"", "no XML"),
    ],
)
def test_xml_that_could_swell_is_refused(shelf: Shelf, content: bytes, said: str) -> None:
    file = shelf.put("a.graphml", content)
    with pytest.raises(InvalidRequest, match=said):
        ready(lambda: shelf.previews.graph(*file))


def test_two_who_ask_at_once_have_it_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_picture("RGB", (900, 300), "PNG"))
    workshop = Workshop(tmp_path / "cache")
    order = Order(kind="image", source=path, digest="d", options={"size": 96})
    found: list[Any] = []
    asking = [threading.Thread(target=lambda: found.append(workshop.begin(order, 30))) for _ in range(5)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert [one["width"] for one in found] == [900] * 5
    assert len(list((tmp_path / "cache").iterdir())) == 1
    workshop.close()


def test_what_takes_too_long_is_ended_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[" + b"1," * 30_000_000 + b"1]")
    workshop = Workshop(tmp_path / "cache")
    with pytest.raises(InvalidRequest, match=r"within 0 seconds"):
        workshop.begin(Order(kind="json", source=path, digest="d", seconds=0.2), 30)
    workshop.close()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_picture("RGB", (900, 300), "PNG"))
    workshop = Workshop(tmp_path / "cache", kept=1)
    orders = [Order(kind="image", source=path, digest="d", options={"size": size}) for size in (96, 512)]
    for order in orders:
        assert workshop.begin(order, 30)
    ready(lambda: workshop.made(orders[0]) is None or None)
    assert workshop.made(orders[1]) is not None
    assert workshop.begin(orders[0], 30), "it is made again"
    workshop.close()


def test_nothing_begins_once_the_server_stops(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "cache")
    workshop.close()
    with pytest.raises(NotAvailable):
        workshop.begin(Order(kind="image", source=tmp_path / "a", digest="d", options={"size": 96}), 1)


def test_a_preview_is_made_of_packages_wherever_the_server_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_picture("RGB", (900, 300), "PNG"))
    package = Path(jupyter_toolrunner.__file__).parent
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "jupyter_toolrunner").symlink_to(package)
    (elsewhere / "sitecustomize.py").write_text("import os; open(os.environ['HOME'] + '/seen', 'w').close()")
    monkeypatch.syspath_prepend(str(elsewhere))
    workshop = Workshop(tmp_path / "cache")
    order = Order(kind="image", source=path, digest="d", options={"size": 96})
    assert workshop.begin(order, 60)
    assert (workshop.place(order) / "seen").exists()
    workshop.close()


def test_a_picture_that_went_to_make_room_is_made_again(shelf: Shelf) -> None:
    file = shelf.put("a.png", _picture("RGB", (900, 300), "PNG"))
    path, _facts = ready(lambda: shelf.previews.picture(*file, 512))
    path.unlink()
    assert shelf.previews.picture(*file, 512) is None


def test_why_a_preview_was_not_made_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    workshop = Workshop(tmp_path / "cache")
    with pytest.raises(InvalidRequest):
        workshop.begin(Order(kind="nothing", source=tmp_path, digest="d"), 60)
    assert "KeyError: 'nothing'" in caplog.text
    workshop.close()
