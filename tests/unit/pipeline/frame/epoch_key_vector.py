#!/usr/bin/env python3
"""Makes the vectors of epoch_key_vector.h with nothing of ours and no libsodium. SPDX-License-Identifier: GPL-3.0-or-later

X25519 after RFC 7748, XSalsa20 after Bernstein's "Extending the Salsa20 nonce", Poly1305 after RFC 8439, BLAKE2b from
Python's hashlib, Ed25519 by `openssl pkeyutl`. A sealed box is: ephemeral public key, then the secretbox of the shared
key under the nonce BLAKE2b-192(ephemeral public key, receiver's public key).

    python3 epoch_key_vector.py
"""
import hashlib, os, struct, subprocess, tempfile

P = 2**255 - 19


def x25519(scalar, point):
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        aa, bb = a * a, b * b
        e = aa - bb
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def salsa_rounds(x):
    x = list(x)
    rotl = lambda v, n: (v << n | v >> 32 - n) & 0xFFFFFFFF
    for _ in range(10):
        for order in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                      (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            a, b, c, d = order
            x[b] ^= rotl(x[a] + x[d] & 0xFFFFFFFF, 7)
            x[c] ^= rotl(x[b] + x[a] & 0xFFFFFFFF, 9)
            x[d] ^= rotl(x[c] + x[b] & 0xFFFFFFFF, 13)
            x[a] ^= rotl(x[d] + x[c] & 0xFFFFFFFF, 18)
    return x


def salsa_state(key, sixteen):
    s, k, n = struct.unpack("<4I", b"expand 32-byte k"), struct.unpack("<8I", key), struct.unpack("<4I", sixteen)
    return (s[0], *k[:4], s[1], *n, s[2], *k[4:], s[3])


def hsalsa20(key, sixteen):
    x = salsa_rounds(salsa_state(key, sixteen))
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def xsalsa20(key, nonce, length):
    key, out = hsalsa20(key, nonce[:16]), b""
    for block in range((length + 63) // 64):
        state = salsa_state(key, nonce[16:] + struct.pack("<Q", block))
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, salsa_rounds(state))))
    return out[:length]


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    a = 0
    for i in range(0, len(message), 16):
        a = (a + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((a + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


BASE = bytes([9]) + bytes(31)


def seal(plain, receiver, ephemeral_secret):
    ephemeral = x25519(ephemeral_secret, BASE)
    nonce = hashlib.blake2b(ephemeral + receiver, digest_size=24).digest()
    key = hsalsa20(x25519(ephemeral_secret, receiver), bytes(16))
    stream = xsalsa20(key, nonce, 32 + len(plain))
    cipher = bytes(a ^ b for a, b in zip(plain, stream[32:]))
    return ephemeral + poly1305(stream[:32], cipher) + cipher


def sign(message, seed):
    with tempfile.TemporaryDirectory() as folder:
        key, text = os.path.join(folder, "key.der"), os.path.join(folder, "message")
        open(key, "wb").write(bytes.fromhex("302e020100300506032b657004220420") + seed)
        open(text, "wb").write(message)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-in", text, "-keyform", "DER", "-inkey", key],
                              check=True, capture_output=True).stdout


def show(name, data):
    print(f"static const char {name}[] =")
    lines = [data.hex()[i:i + 96] for i in range(0, 2 * len(data), 96)]
    print("\n".join(f'    "{line}"' for line in lines) + ";")


def vectors():
    edge_seed, district_seed = bytes(range(32)), bytes(range(32, 64))
    sealing_secret, ephemeral_secret = bytes(range(64, 96)), bytes(range(96, 128))
    sealing_public = x25519(sealing_secret, BASE)
    ids = b"riverside".ljust(32, b"\0") + b"edge-1".ljust(32, b"\0")
    epoch, end, made = 1775070000, 1775156400, 1774983601

    sealing = b"YKSK\1" + ids + struct.pack("<q", epoch) + sealing_public + struct.pack("<q", made)
    show("vector_sealing", sealing + sign(sealing, edge_seed))
    plain = struct.pack("<Q", 0x1122334455667788) + bytes(range(16))
    issued = b"YKEK\1" + ids + struct.pack("<qq", epoch, end) + seal(plain, sealing_public, ephemeral_secret)
    show("vector_epoch_key", issued + sign(issued, district_seed))


if __name__ == "__main__":
    vectors()
