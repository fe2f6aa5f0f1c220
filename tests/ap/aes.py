# SPDX-License-Identifier: BSD-2-Clause
"""AES-128 as far as a WPA2 station needs it: CCMP and key unwrap, in plain Python.

Written from FIPS 197, RFC 3610 and RFC 3394, so that the tests do not share the access point's
library.
"""


def _xtime(a):
    a <<= 1
    return (a ^ 0x11b) & 0xff if a & 0x100 else a


def _mul(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a, b = _xtime(a), b >> 1
    return r


def _make_sbox():
    box = [0x63] * 256
    for a in range(1, 256):
        inv = next(b for b in range(1, 256) if _mul(a, b) == 1)
        box[a] = 0x63
        for shift in range(5):
            box[a] ^= ((inv << shift) | (inv >> (8 - shift))) & 0xff
    return bytes(box)


SBOX = _make_sbox()
INV_SBOX = bytes(SBOX.index(i) for i in range(256))
MUL = {k: bytes(_mul(i, k) for i in range(256)) for k in (2, 3, 9, 11, 13, 14)}
SHIFT = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11]
UNSHIFT = [SHIFT.index(i) for i in range(16)]


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Aes:
    """One key; encrypt() and decrypt() work on blocks of 16 octets."""

    def __init__(self, key):
        words = [key[i:i + 4] for i in range(0, 16, 4)]
        rcon = 1
        for i in range(4, 44):
            t = words[i - 1]
            if i % 4 == 0:
                t = bytes(SBOX[b] for b in t[1:] + t[:1])
                t = bytes([t[0] ^ rcon]) + t[1:]
                rcon = _xtime(rcon)
            words.append(_xor(words[i - 4], t))
        self.round = [b"".join(words[i:i + 4]) for i in range(0, 44, 4)]

    @staticmethod
    def _mix(s, k):
        out = bytearray(16)
        for c in range(0, 16, 4):
            for r in range(4):
                v = 0
                for j in range(4):
                    b = s[c + (r + j) % 4]
                    v ^= MUL[k[j]][b] if k[j] != 1 else b
                out[c + r] = v
        return bytes(out)

    def encrypt(self, block):
        s = _xor(block, self.round[0])
        for i in range(1, 11):
            s = bytes(SBOX[s[SHIFT[j]]] for j in range(16))
            if i < 10:
                s = self._mix(s, (2, 3, 1, 1))
            s = _xor(s, self.round[i])
        return s

    def decrypt(self, block):
        s = _xor(block, self.round[10])
        for i in range(9, -1, -1):
            s = bytes(INV_SBOX[s[UNSHIFT[j]]] for j in range(16))
            s = _xor(s, self.round[i])
            if i > 0:
                s = self._mix(s, (14, 11, 13, 9))
        return s

    def _ctr(self, nonce, data):
        out = b""
        for i in range(0, len(data), 16):
            stream = self.encrypt(b"\x01" + nonce + (i // 16 + 1).to_bytes(2, "big"))
            out += _xor(data[i:i + 16], stream)
        return out

    def _ccm_mac(self, nonce, aad, text):
        head = b"\x59" + nonce + len(text).to_bytes(2, "big")
        aad = len(aad).to_bytes(2, "big") + aad
        msg = head + aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16)
        x = bytes(16)
        for i in range(0, len(msg), 16):
            x = self.encrypt(_xor(x, msg[i:i + 16]))
        return _xor(x[:8], self.encrypt(b"\x01" + nonce + b"\0\0"))

    def ccm_seal(self, nonce, aad, text):
        """Cipher text and an 8-octet MIC (M=8, L=2)."""
        return self._ctr(nonce, text) + self._ccm_mac(nonce, aad, text)

    def ccm_open(self, nonce, aad, sealed):
        """The text, or None when the MIC is wrong."""
        text = self._ctr(nonce, sealed[:-8])
        return text if self._ccm_mac(nonce, aad, text) == sealed[-8:] else None

    def unwrap(self, data):
        """RFC 3394; None when the check value is wrong."""
        n = len(data) // 8 - 1
        a = int.from_bytes(data[:8], "big")
        r = [data[8 * i:8 * i + 8] for i in range(1, n + 1)]
        for j in range(5, -1, -1):
            for i in range(n, 0, -1):
                b = self.decrypt((a ^ (n * j + i)).to_bytes(8, "big") + r[i - 1])
                a, r[i - 1] = int.from_bytes(b[:8], "big"), b[8:]
        return b"".join(r) if a == 0xa6a6a6a6a6a6a6a6 else None


def _nonce_aad(frame, hdr, pn):
    fc0, fc1 = frame[0], frame[1]
    qos = fc0 & 0x8c == 0x88
    aad = bytes([fc0 & 0x8f, (fc1 & (0x47 if qos else 0xc7)) | 0x40]) + frame[4:22]
    aad += bytes([frame[22] & 0x0f, 0])
    tid = 0
    if qos:
        tid = frame[hdr - 2] & 0x0f
        aad += bytes([tid, 0])
    return bytes([tid]) + frame[10:16] + pn.to_bytes(6, "big"), aad


def ccmp_seal(aes, frame, hdr, pn, keyid=0):
    """A plain frame with a header of `hdr` octets, protected."""
    frame = bytes([frame[0], frame[1] | 0x40]) + frame[2:]
    nonce, aad = _nonce_aad(frame, hdr, pn)
    p = pn.to_bytes(6, "little")
    iv = p[:2] + bytes([0, 0x20 | keyid << 6]) + p[2:]
    return frame[:hdr] + iv + aes.ccm_seal(nonce, aad, frame[hdr:])


def ccmp_open(aes, frame, hdr):
    """(plain body, packet number, key id); the body is None when the MIC is wrong."""
    iv = frame[hdr:hdr + 8]
    pn = int.from_bytes(iv[:2] + iv[4:], "little")
    nonce, aad = _nonce_aad(frame, hdr, pn)
    return aes.ccm_open(nonce, aad, frame[hdr + 8:]), pn, iv[3] >> 6
