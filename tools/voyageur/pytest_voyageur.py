# SPDX-License-Identifier: BSD-2-Clause
"""Voyageur for pytest: drivers, simulated cards and the lab guest as fixtures.

Use it in the repository of your own driver, linked with libvoyageur.a:

    PYTHONPATH=/path/to/voyageur/tools pytest -p voyageur.pytest_voyageur [--on TARGET]

    def test_survives_a_card_pulled_out(driver):
        run = driver.start("./build/run-mine", model="edu", stay=True)
        run.wait("attached")
        run.inject("fault.gone_after", 0)
        assert "gone" in run.result()["error"]

Options
    --on sim|lab|BDF|unix:PATH  where drivers are run when a test does not say (default: sim).
                                The same test serves all targets: what a target cannot do
                                (a signal into the lab guest) skips the test with the reason.
    --dma check|strict          how the DMA of drivers is watched when a test does not say.
Fixtures
    driver      factory of runs: start(driver, on=, until=, stay=, settings=, env=, timeout=,
                cycles=, suspend=, dma=, variant=, model=, lab=, args=, valgrind=,
                record=) -> Run, run(...) -> (Run, result).  lab: in the guest that device of
                QEMU's instead of the simulated card; record: a file for on="replay:FILE".
                A Run: wait(state), wait(event=kind), result(), events, info, reached,
                violations(), trace(), stderr(), inject(key, value), card_status(),
                control(request), program(argv), signal(n), stop(), kill().  Ended with the test.
    sim         sim(model, settings=, variant=) -> a simulated card with .socket, .target
    lab         lab(argv, **options) -> Result; a command inside the guest (lab.run)
    firmware    path of iwlwifi-7260-17.ucode;  firmware_file(name) for others.  Skips when
                it cannot be had.
    voy_target  the value of --on
Marks
    lab, slow   for selection (-m "not lab");  hil: skipped unless --on is a real card;
    root        skipped unless root;  deadline(S): seconds for this test (default: voy_deadline
                in the ini file, 60)
A failed test shows each run's events, stderr and trace.  At the end of the session no process
or run directory of ours may be left: that fails the session.
"""
import os
import uuid

import pytest

from . import fetch, pytest_run, rundir, targets
from .errors import VoyError
from .pytest_limit import limit

TOKEN = "VOY_PYTEST_SESSION"


def pytest_addoption(parser):
    """--on, --dma and the ini value voy_deadline."""
    group = parser.getgroup("voyageur")
    group.addoption("--on", default="sim", metavar="TARGET",
                    help="where drivers are run: sim, lab, a PCI address, or unix:PATH")
    group.addoption("--dma", choices=("check", "strict"),
                    help="how the DMA of all drivers is watched, as by `voy run --dma=...`")
    parser.addini("voy_deadline", "seconds that a test may take", default="60")


def pytest_configure(config):
    """Marks, the target's form, and a token by which our processes are known."""
    for line in ("lab: uses the lab guest",
                 "hil: needs a real card (--on BDF)",
                 "slow: takes more than a few seconds",
                 "root: needs root",
                 "deadline(seconds): how long this test may take"):
        config.addinivalue_line("markers", line)
    try:
        targets.parse(config.getoption("--on"))
    except VoyError as e:
        raise pytest.UsageError(str(e)) from e
    if not hasattr(config, "workerinput"):      # pytest-xdist's workers keep its main process's
        os.environ[TOKEN] = uuid.uuid4().hex


def pytest_runtest_setup(item):
    """Skip what cannot run here, and say why."""
    if item.get_closest_marker("hil"):
        if targets.parse(item.config.getoption("--on")).kind != "bdf":
            pytest.skip("needs a real card: give its PCI address by --on")
    if item.get_closest_marker("root") and os.getuid() != 0:
        pytest.skip("needs root")


# ---- no test hangs ----------------------------------------------------------------

FIXTURE = 900       # seconds; the first use of a fixture may download


GUEST = 120         # seconds more where each run boots a guest and is emulated


def _deadline(item):
    mark = item.get_closest_marker("deadline")
    more = GUEST if item.config.getoption("--on") == "lab" else 0
    return float(mark.args[0] if mark else item.config.getini("voy_deadline")) + more


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef):
    """Fixtures have time to download things, but not for ever."""
    with limit(f"the fixture {fixturedef.argname}", FIXTURE):
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """The test itself."""
    with limit("the test", _deadline(item)):
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item):
    """What follows it."""
    with limit("the test's teardown", _deadline(item)):
        yield


# ---- reports ------------------------------------------------------------------------

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Attach what the runs of a failed test said, and a guest."""
    from lab.errors import LabError
    outcome = yield
    report = outcome.get_result()
    factory = getattr(item, "funcargs", {}).get("driver")
    if report.failed and call.when == "call" and isinstance(factory, pytest_run.Factory):
        for run in factory.runs:
            report.sections += run.report()
    if report.failed and isinstance(call.excinfo.value, LabError):
        report.sections += [("the guest's command", call.excinfo.value.said),
                            ("the guest's kernel", call.excinfo.value.log)]


def pytest_sessionfinish(session):
    """Nothing of ours may be left."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    config.voy_left = [f"process {pid}: {command}" for pid, command in
                       pytest_run.strays(f"{TOKEN}={os.environ[TOKEN]}")]
    config.voy_left += [f"run directory {d}" for d in rundir.left_behind()]
    if config.voy_left and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """What failed before it passed (pytest-rerunfailures), whole; and what was left."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"failed, and ran again: {report.nodeid}", "_")
        report.toterminal(terminalreporter._tw)
        for name, content in report.sections:
            terminalreporter.section(name, "-")
            terminalreporter.write_line(content)
    for text in getattr(config, "voy_left", ()):
        terminalreporter.write_line(f"left behind: {text}", red=True)


# ---- fixtures -------------------------------------------------------------------------

@pytest.fixture
def voy_target(request):
    """The value of --on."""
    return request.config.getoption("--on")


@pytest.fixture
def driver(voy_target, request):
    """Factory of driver runs on the target of --on, their DMA watched as --dma says."""
    factory = pytest_run.Factory(voy_target, request.config.getoption("--dma"))
    yield factory
    factory.close()


@pytest.fixture
def sim():
    """Factory of simulated cards."""
    cards = pytest_run.Cards()
    yield cards
    cards.close()


@pytest.fixture(scope="session")
def firmware_file():
    """firmware_file(NAME) -> path of a firmware file; skips when it cannot be had."""
    def obtain(name):
        try:
            return fetch.firmware(name)
        except fetch.cache.CacheError as e:
            pytest.skip(str(e))
    return obtain


@pytest.fixture(scope="session")
def firmware(firmware_file):
    """Path of the 7260's firmware file."""
    return firmware_file("iwlwifi-7260-17.ucode")


@pytest.fixture(scope="session")
def lab():
    """lab(argv, **options) -> lab.Result; skips when QEMU or a kernel cannot be had."""
    import lab as the_lab
    try:
        fetch.qemu()
        fetch.kernel()
    except fetch.cache.CacheError as e:
        pytest.skip(str(e))
    return the_lab.run
