# SPDX-License-Identifier: BSD-2-Clause
"""The note behind a recording (voyageur.recording): kept whole, or not at all."""
import os
import resource
import signal
import subprocess
import sys

import pytest

from voyageur import errors, recording

# A head, one last block of two bytes.
FILE = b"VOYREC\r\n\4" + bytes(7) + recording.BLOCK.pack(b"VBLK", 0, 2, 2, recording.LAST, 0) + b"ab"
NOTE = recording.Note(words={"unix:/x": "the simulated edu"}, error="simulated card: no",
                      events=[{"event": "violation", "rule": "a", "text": "b"}], violations=1,
                      lines=["voy-sim: a"], command_status=3)


@pytest.fixture(name="path")
def _path(tmp_path):
    path = tmp_path / "a.rec"
    path.write_bytes(FILE)
    return path


def test_it_comes_back(path):
    """All of it."""
    NOTE.append(path)
    assert path.read_bytes().startswith(FILE) and recording.Note.of(path) == NOTE


def test_an_empty_one_leaves_the_file_as_it_is(path):
    """And where there is none, it is an empty one."""
    recording.Note().append(path)
    assert path.read_bytes() == FILE and recording.Note.of(path) == recording.Note()


@pytest.mark.parametrize("length", range(len(FILE)))
def test_a_recording_without_an_end_gets_none(path, length):
    """Cut off anywhere: what is no recording is not made to look like one."""
    path.write_bytes(FILE[:length])
    NOTE.append(path)
    assert path.read_bytes() == FILE[:length] or length >= len(FILE) - 2
    assert recording.Note.of(path) == recording.Note() or length >= len(FILE) - 2


def test_a_damaged_one_is_none(path):
    """run-DRIVER says so; here nothing is made up of it."""
    NOTE.append(path)
    data = path.read_bytes()
    for at in range(len(FILE), len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        assert recording.Note.of(path) == recording.Note()
        path.write_bytes(data[:at])
        assert recording.Note.of(path) == recording.Note()


def test_a_full_disk_loses_no_recording(path):
    """The file may grow by ten bytes only."""
    code = ("import sys\n"
            "from voyageur import errors, recording\n"
            "try:\n"
            "    recording.Note(error='x').append(sys.argv[1])\n"
            "except errors.VoyError as e:\n"
            "    print(e)\n")

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(FILE) + 10, len(FILE) + 10))

    p = subprocess.run([sys.executable, "-B", "-c", code, path], capture_output=True, text=True,
                       preexec_fn=small, timeout=250, check=False)
    assert p.stdout.startswith(f"--record: {path}: what came of the run cannot be written: File too "
                               "large; "), p.stderr
    assert path.read_bytes() == FILE


def test_much_is_counted_and_not_kept():
    """A card that complains without end does not make a recording without end."""
    note = recording.Note()
    for number in range(recording.MOST + 5):
        note.take({"event": "violation", "source": "sim", "t": number})
        note.line("x")
    note.take({"event": "violation", "text": "of the driver, which a replay finds itself"})
    assert note.violations == recording.MOST + 5
    assert len(note.events) == len(note.lines) == recording.MOST


def test_only_what_this_run_has_written_is_completed(path, tmp_path):
    """A recording of another run, or none at all, means that it was refused before."""
    recording.File(path).complete(NOTE)
    assert path.read_bytes() == FILE
    recording.File(tmp_path / "none.rec").complete(NOTE)
    new = recording.File(tmp_path / "new.rec")
    (tmp_path / "new.rec").write_bytes(FILE)
    new.complete(NOTE)
    assert recording.Note.of(tmp_path / "new.rec") == NOTE
    os.utime(path, (1, 1))
    again = recording.File(path)
    path.write_bytes(FILE)
    again.complete(NOTE)
    assert recording.Note.of(path) == NOTE


def test_where_none_can_be_written(tmp_path):
    """The file is gone."""
    with pytest.raises(errors.VoyError, match="none.rec: what came of the run cannot be written: No"):
        NOTE.append(tmp_path / "none.rec")
