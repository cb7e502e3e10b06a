"""Ivy is served from a root that cannot be written to, as the image and the manifests of deploy/ have it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import expect
import pytest
from expect import QUESTION, STIFF_NECK
from server import RunningIvy

#: In mounts of its own: everything can be read only, but for the state folder, which stands for /tmp as well.
READ_ONLY = 'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'


def read_only(folder: Path) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", READ_ONLY, str(folder), "env", f"TMPDIR={folder}", f"HOME={folder}"]


@pytest.fixture(scope="module")
def locked_down():
    try:
        refused = subprocess.run([*read_only(Path(tempfile.mkdtemp(prefix="ivy-"))), "sh", "-c", "! touch /written 2>/dev/null"], capture_output=True).returncode
    except FileNotFoundError:
        refused = 1
    if refused:
        pytest.skip("the root cannot be mounted read-only here: it needs Linux, unshare and the right to mount")
    ivy = RunningIvy.start(within=read_only).ready()
    yield ivy
    ivy.stop()


def test_patient_is_answered_where_only_the_state_and_tmp_can_be_written(locked_down):
    assert locked_down.say(QUESTION).contents[0].startswith("answers/")


def test_warning_sign_gets_its_safety_message_and_its_record_there(locked_down, library):
    expect.a_safety_message(locked_down.say(STIFF_NECK), library.clinic)
    assert locked_down.records.exists() and locked_down.conversations.exists()
    assert "Read-only file system" not in locked_down.log()
