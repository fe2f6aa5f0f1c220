# SPDX-License-Identifier: BSD-2-Clause
"""The tests of this tree under `voy test --sanitize NAME`: all programs are of that build.

    variant     fixture: the build whose programs are tested (gcc, or the sanitizer's)
    plain(why)  mark: not under --sanitize, for that reason

What any process reports, whoever its parent is and whatever becomes of its stderr, fails the test
that it is found after: reports go to files of a folder that is looked at after each test.
"""
import os
import pathlib
import shutil
import tempfile

import pytest

from . import paths

SANITIZED = paths.VARIANT in paths.SANITIZERS.values()


def pytest_configure(config):
    """The mark, and where reports go."""
    config.addinivalue_line("markers", "plain(why): not under voy test --sanitize")
    if SANITIZED:
        config.voy_reports = pathlib.Path(tempfile.mkdtemp(prefix="voy-reports-"))
        config.voy_reports.chmod(0o777)         # a plain user's processes, too
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            os.environ[name] = ":".join(filter(None, (
                os.environ.get(name), f"log_path={config.voy_reports}/report")))


def pytest_collection_modifyitems(items):
    """Skip what has nothing to do with the build, or runs several by itself."""
    for item in items if SANITIZED else ():
        mark = item.get_closest_marker("plain")
        if mark:
            item.add_marker(pytest.mark.skip(reason=f"not under --sanitize: {mark.args[0]}"))


def _reports(folder):
    """What has been reported, and forget it."""
    texts = []
    for file in sorted(folder.iterdir()):
        texts.append(f"{file.name}:\n{file.read_text(errors='replace')}")
        file.unlink()
    return "\n".join(texts)


@pytest.fixture(autouse=True)
def _no_report(request):
    """After all that the test itself has set up: has a sanitizer said something?"""
    yield
    said = SANITIZED and _reports(request.config.voy_reports)
    if said:
        pytest.fail(f"a sanitizer's report:\n{said}", pytrace=False)


def pytest_sessionfinish(session):
    """What was said after the last test, by a process that outlived it."""
    if SANITIZED:
        said = _reports(session.config.voy_reports)
        shutil.rmtree(session.config.voy_reports)
        if said:
            print(f"a sanitizer's report:\n{said}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def variant():
    """The build whose programs are tested."""
    return paths.VARIANT
