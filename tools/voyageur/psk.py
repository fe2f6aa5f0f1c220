# SPDX-License-Identifier: BSD-2-Clause
"""The passphrase or key of a WPA2-PSK network, as --psk or --psk-file gives it.

    text = psk.given(options)       # None: neither was given

It is read here, once (a file may be a pipe), and handed on in a file of the run's own, since a
command line is for everybody to read; so what is wrong with it is told here, in the user's words.
"""
import string

from .errors import VoyError

# Of a passphrase, and of a key in hexadecimal digits; IEEE 802.11-2016, J.4.1.
SHORTEST, LONGEST, KEY = 8, 63, 64
WANTED = (f"a passphrase has {SHORTEST} to {LONGEST} printable ASCII characters, a key "
          f"{KEY} hexadecimal digits")


def given(o):
    """The text that the options have, or None; raises VoyError, which does not repeat it."""
    if o.psk is not None:
        return _checked("--psk", o.psk)
    if o.psk_file is not None:
        return _checked(f"--psk-file {o.psk_file}", _read(o.psk_file))
    return None


def _read(path):
    try:
        with open(path, "rb") as f:
            data = f.read(2 * KEY + 1)      # more is too long, whatever it is
    except OSError as e:
        raise VoyError(f"--psk-file {path}: cannot be read: {e.strerror}; give a file whose one "
                       "line is the passphrase") from e
    return data.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")


def _checked(what, text):
    n = len(text)
    if not all(" " <= c <= "~" for c in text):
        first = next(i for i, c in enumerate(text) if not " " <= c <= "~")
        why = f"character {first + 1} is no printable ASCII character"
    elif n == KEY and not set(text) <= set(string.hexdigits):
        why = f"it has {n} characters, and not all are hexadecimal digits"
    elif n > KEY:
        why = f"it has more than {KEY} characters"
    elif n < SHORTEST:
        why = f"it has {n} characters"
    else:
        return text
    raise VoyError(f"{what}: {why}; {WANTED}")
