# SPDX-License-Identifier: BSD-2-Clause
"""The conformance driver on the small kernels: each system's shim passes the suite, whose source
is the very one that a kernel gets (drivers/conform)."""
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parent))
import tap  # noqa: E402
import test_newbus_shim  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL = ["kernel/edu.c", "kernel/noradio.c"]
# What the system has not, or nobody has given it.
SKIPPED = {"freebsd": {"firmware", "boundary_cut"}}


@pytest.fixture
def sources(tmp_path):
    """The driver's, where PDK_PCI_DRIVER() names it as the small kernels want it."""
    for path in (ROOT / "drivers/conform").glob("*.[ch]"):
        text = path.read_text().replace("PDK_PCI_DRIVER(conform,", "PDK_PCI_DRIVER(toy,")
        (tmp_path / path.name).write_text(text)
    return sorted(tmp_path.glob("*.c"))


def passes(kernel, program, system):
    """All documents, without MSI-X and with four vectors of it."""
    for vectors in ("0", "4"):
        said = kernel.start(program, vectors)
        documents = tap.parse(said.stdout.replace("toy0:", "conform0:").splitlines())
        assert [d.title for d in documents] == ["attach", "sleep", "detach"], said.stdout
        assert {d.title: d.failed() for d in documents if d.failed()} == {}
        skipped = {name for d in documents for name in d.skipped()}
        none = {name for name in documents[0].checks if name.startswith(("msix_", "vectors_"))}
        assert skipped == SKIPPED[system] | (none if vectors == "0" else set())
        assert said.returncode == 0 and said.stderr == "", said.stderr
        assert said.stdout.splitlines()[-1] == "# 0, 0 left"


@pytest.mark.deadline(600)
@pytest.mark.parametrize("compiler, version", [
    ("gcc", 1500068), pytest.param("clang", 1300139, marks=pytest.mark.thorough)])
def test_the_shim_of_freebsd_passes_the_suite(small_kernel, sources, compiler, version):
    """Checks of the pdk; those of the radio have none."""
    kernel = small_kernel("freebsd", test_newbus_shim.HEADERS,
                          {"sys/time.h": test_newbus_shim.TIME})
    program = kernel.build(compiler, test_newbus_shim.SMALL + KERNEL,
                           flags=[f"-D__FreeBSD_version={version}"], driver=sources,
                           opened="kernel/edu.h")
    passes(kernel, program, "freebsd")
