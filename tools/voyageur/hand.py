# SPDX-License-Identifier: BSD-2-Clause
"""A hand in the lab's guest: the control socket of a driver that is up in there, and programs
beside it.

    with hand.Hand(folder, folder / "control") as h:
        with lab.Lab(["/bin/sh", "-c", h.SCRIPT + '"$@"; status=$?' + h.END, "sh", program,
                      "--control", hand.CONTROL, ...], channels=h.channels, files=h.files) as guest:
            control.ask(folder / "control", {"cmd": "status"})      # from another thread

    p = hand.Programs(folder)       # its SCRIPT, END and channels besides
    p.start(["ping", "-c", "3", "10.0.2.2"], pid_of_the_network).communicate()
    p.close()
"""
import base64
import itertools
import queue
import shlex
import signal
import socket
import subprocess
import threading

from . import paths, procs
from .errors import VoyError

CONTROL = "/run/voy-control"    # in the guest
START = 30      # seconds; for a program that does not get the processor


class Hand:
    """Clients that connect to `control` here reach the guest's socket CONTROL, once it is there."""

    # For the guest's shell: before the driver is started, and when it has ended.
    SCRIPT = f"""
(while [ ! -S {CONTROL} ]; do sleep 0.05; done
exec voy-tunnel --stream --device /dev/voy/hand --hub {CONTROL}) >/dev/null 2>&1 & hand=$!
"""
    END = "\nkill $hand 2>/dev/null; exit $status\n"

    def __init__(self, folder, control, variant=paths.VARIANT):
        self.channels, self.files = {"hand": folder / "hand"}, []
        self.control, self.variant = control, variant
        self._child = self._quit = None

    def __enter__(self):
        program = paths.program("voy-tunnel", self.variant)
        self.files = [str(program)]
        inbox = queue.SimpleQueue()
        self._child = procs.Child("hand", [
            program, "--stream", "--json", "--socket", self.channels["hand"], "--listen",
            self.control], inbox, stderr=subprocess.DEVNULL)
        said = ""
        while '"listening"' not in said:
            try:
                _, kind, said = inbox.get(timeout=START)
            except queue.Empty:
                kind = "end"
            if kind == "end":
                self._child.stop(signal.SIGKILL)
                raise VoyError(f"voy-tunnel: not ready at {self.control}: {said}")
        return self

    def __exit__(self, *exc):
        if self._quit:
            self._quit.close()
        self._child.stop()

    def quit(self):
        """Ask the driver for an orderly end; does not wait for it."""
        self._quit = self._quit or socket.socket(socket.AF_UNIX,
                                                 socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._quit.connect(str(self.control))
            self._quit.sendall(b'{"cmd":"quit"}\n')
        except OSError as e:
            raise VoyError(f"{self.control}: {e.strerror}") from e


class Program:
    """One program in the guest, with a Popen's face; stdout and stderr come together at its end."""

    returncode = None

    def __init__(self, number, argv, send):
        self.args, self._number, self._send = argv, number, send
        self._done, self._out = threading.Event(), ""

    def ended(self, status, out):
        """The guest has told it."""
        self.returncode = status if status < 128 else 128 - status
        self._out = out
        self._done.set()

    def poll(self):
        """The exit status; None while it runs."""
        return self.returncode

    def communicate(self, timeout=None):
        """(output, None) once it has ended; or subprocess.TimeoutExpired."""
        if not self._done.wait(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self._out, None

    def wait(self, timeout=None):
        """The exit status once it has ended; or subprocess.TimeoutExpired."""
        self.communicate(timeout)
        return self.returncode

    def send_signal(self, number):
        """A signal."""
        self._send(f"{self._number} {int(number)}\n")

    def terminate(self):
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Programs:
    """Starts programs in the guest while a driver is up there.

    Lines to the guest: "N start SCRIPT", "N SIGNAL"; from there: "N STATUS OUTPUT".
    Script and output are in base64.
    """

    SCRIPT = """
(exec 5<>/dev/voy/programs
while read -r n what text <&5; do
	case $what in
	start)
		(echo "$text" | base64 -d >/tmp/program.$n
		sh -c "echo \\$\\$ >/tmp/pid.$n; . /tmp/program.$n" >/tmp/output.$n 2>&1 5<&-
		status=$?
		until mkdir /tmp/telling; do sleep 0.02; done	# whole lines
		echo $n $status $(base64 -w0 /tmp/output.$n) >&5
		rmdir /tmp/telling) &
		;;
	*)
		(until [ -s /tmp/pid.$n ]; do sleep 0.05; done
		kill -$what $(cat /tmp/pid.$n)) &
		;;
	esac
done) >/dev/null 2>&1 & programs=$!
"""
    END = "\nkill $programs 2>/dev/null\n"

    def __init__(self, folder):
        self.channels = {"programs": folder / "programs"}
        self._numbers, self._programs = itertools.count(), {}
        self._guest, self._lock = None, threading.Lock()
        self._there = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.bind(str(self.channels["programs"]))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        try:
            self._guest, _ = self._listener.accept()
            self._there.set()
            with self._guest.makefile("r", encoding="ascii") as lines:
                for line in lines:
                    number, status, out = (line.split() + [""])[:3]
                    self._programs.pop(int(number)).ended(
                        int(status), base64.b64decode(out).decode(errors="replace"))
        except OSError:
            pass            # close(), or QEMU was ended

    def _send(self, text):
        if not self._there.wait(START):
            raise VoyError("the guest is not there")
        with self._lock:
            self._guest.sendall(text.encode())

    def start(self, argv, network=None):
        """A program with its arguments, in the network namespace of the process `network`."""
        argv = [str(a) for a in argv]
        enter = ["nsenter", "-t", str(network), "-n", "-m", "--"] if network else []
        script = f"exec {shlex.join(enter + argv)}\n"
        number = next(self._numbers)
        program = self._programs[number] = Program(number, argv, self._send)
        self._send(f"{number} start {base64.b64encode(script.encode()).decode()}\n")
        return program

    def close(self):
        """No more of it."""
        for s in filter(None, (self._listener, self._guest)):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass        # the other end was first
        self._thread.join()
        for s in filter(None, (self._listener, self._guest)):
            s.close()
