"""Where downloaded files go."""

from __future__ import annotations

import venv
from pathlib import Path

import pytest

from jupyter_toolrunner.cli.doctor import environments, file_system_of
from jupyter_toolrunner.cli.files import safe_path
from jupyter_toolrunner.core.settings import Settings


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.csv", "a.csv"),
        ("reports/a.csv", "reports/a.csv"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("./a//b/.", "a/b"),
        ("..", "artifact"),
        ("", "artifact"),
        ("a\0b", "ab"),
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, path: str) -> None:
    assert str(safe_path(name)) == path


MOUNTS = r"""
22 1 0:20 / / rw - ext4 /dev/sda rw
23 22 0:21 / /home rw,relatime shared:1 - nfs4 server:/home rw
24 22 0:22 / /home/my\040disk rw - xfs /dev/sdb rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/x", "ext4"), ("/home/me", "nfs4"), ("/homes", "ext4"), ("/home/my disk/x", "xfs"), ("/", "ext4")],
)
def test_the_innermost_mount_tells_the_file_system(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_the_doctor_says_what_built_environments_take_and_how_they_go(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert environments(settings).message == f"none built in {tmp_path}/environments"
    for name in ("one", "two"):
        venv.create(tmp_path / "environments" / name)
        (tmp_path / "environments" / f"{name}.json").write_text("{}")
        (tmp_path / "environments" / f"{name}.txt").write_text("")
    big = tmp_path / "environments" / "one" / "big"
    big.write_bytes(b"x" * 3_000_000)
    (tmp_path / "environments" / "two" / "shared").hardlink_to(big)
    check = environments(settings)
    assert check.state == "ok"
    assert check.message.startswith("2 built from requirements, 3.")
    assert f"MB in {tmp_path}/environments; any folder there can be deleted" in check.message
