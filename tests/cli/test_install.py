# SPDX-License-Identifier: BSD-2-Clause
"""voy's own installer, in a copy of the tree whose package list wants something not there.

apt-get, sudo and id are stand-ins first on PATH; what they are told is on record.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """A voy with a list of one package, and stand-ins for the programs it would call."""

    def __init__(self, path):
        self.path, self.bin, self.log = path, path / "bin", path / "log"
        self.proof = path / "proof"
        (path / "tools/voyageur").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "voy", path / "voy")
        (path / "tools/voyageur/packages.txt").write_text(
            f"# a comment\nbase\tleft-pad\t{self.proof}\ngdb\tmore-pad\t{path}/more*\n"
            f"port\tport-pad\t{path}/port-pad\n")
        (path / "tools/voyageur/__init__.py").write_text("")
        (path / "tools/voyageur/__main__.py").write_text("print('started')\n")

    def program(self, name, body):
        """A stand-in that records its call."""
        f = self.bin / name
        f.write_text(f"#!/bin/sh\necho \"{name} $*\" >>{self.log}\n{body}\n")
        f.chmod(0o755)

    def apt(self, needs_update=False, fails=False):
        """apt-get; with needs_update it installs only after an update."""
        self.program("apt-get", f"""
case " $* " in
*" update "*) touch {self.path}/updated ;;
*" install "*)
    {"exit 100" if fails else ":"}
    {f"[ -e {self.path}/updated ] || exit 100" if needs_update else ":"}
    touch {self.proof} {self.path}/more1 ;;
esac""")

    def user(self, uid, sudo=False):
        """Who we are, and whether sudo works without a question."""
        self.program("id", f"echo {uid}")
        self.program("sudo", '[ "$1" = -n ] && shift; exec "$@"' if sudo else "exit 1")

    def run(self, *args):
        """Run voy."""
        return subprocess.run([self.path / "voy", *args], capture_output=True, text=True,
                              env=dict(os.environ, PATH=f"{self.bin}:{os.environ['PATH']}"),
                              stdin=subprocess.DEVNULL, timeout=120, check=False)

    def calls(self, word):
        """How often a recorded call has `word` in it."""
        return sum(word in line for line in self.log.read_text().splitlines()) \
            if self.log.exists() else 0


@pytest.fixture
def tree(tmp_path):
    """A fresh one."""
    return Tree(tmp_path)


def test_root_installs_what_is_missing_without_an_update(tree):
    """Lists that are there are good enough."""
    tree.apt()
    tree.user(0)
    p = tree.run("list")
    assert p.returncode == 0 and p.stdout == "started\n", p.stderr
    assert "installing left-pad" in p.stderr
    assert tree.calls("--no-install-recommends") == 1 and tree.calls("update") == 0


def test_lists_are_updated_once_when_the_package_is_not_found(tree):
    """As on a minimal image, which has none."""
    tree.apt(needs_update=True)
    tree.user(0)
    assert tree.run("list").returncode == 0
    assert tree.calls("update") == 1


def test_sudo_without_a_question_is_used(tree):
    """And needs no word to be typed."""
    tree.apt()
    tree.user(1000, sudo=True)
    assert tree.run("list").returncode == 0
    assert tree.calls("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get") == 1


def test_a_plain_user_gets_the_one_line_to_type(tree):
    """Whole, and nothing is started."""
    tree.apt()
    tree.user(1000)
    p = tree.run("list")
    assert p.returncode == 1 and not p.stdout
    assert p.stderr.splitlines()[-1] == ("su -c 'apt-get update && apt-get install -y "
                                         "--no-install-recommends left-pad'")
    assert not tree.calls("apt-get -qq")


def test_a_failed_installation_says_what_apt_said(tree):
    """Status 1, apt's words, nothing started."""
    tree.apt(fails=True)
    tree.user(0)
    p = tree.run("list")
    assert p.returncode == 1 and "could not install left-pad" in p.stderr and not p.stdout


def test_what_is_there_is_not_asked_about(tree):
    """No apt, no sudo, no id: just files looked at."""
    tree.apt()
    tree.user(0)
    tree.proof.touch()
    assert tree.run("list").stdout == "started\n"
    assert not tree.log.exists()


def test_gdb_is_wanted_only_when_it_is_asked_for(tree):
    """A tier of its own."""
    tree.apt()
    tree.user(0)
    tree.proof.touch()
    assert tree.run("run", "edu", "--gdb").returncode == 0
    assert tree.calls("more-pad") == 1


def test_help_installs_nothing(tree):
    """A look at the help needs no compiler."""
    tree.apt()
    tree.user(0)
    for args in (["--help"], ["run", "--help"], ["run", "-h"], []):
        assert tree.run(*args).stdout == "started\n"
    assert not tree.log.exists()


def test_port_wants_more_than_other_commands(tree):
    """Its compiler is asked for by nothing else."""
    tree.apt()
    tree.user(0)
    assert tree.run("list").returncode == 0 and tree.calls("port-pad") == 0
    tree.run("port", "edu")
    assert tree.calls("port-pad") == 1
