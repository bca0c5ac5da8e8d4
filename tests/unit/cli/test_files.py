"""Where downloaded files go."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_toolrunner.cli.doctor import file_system_of
from jupyter_toolrunner.cli.files import safe_path


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
