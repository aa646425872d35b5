#!/usr/bin/env python3
"""Makes the vectors of tag_vector.h with nothing of ours and no libsodium. SPDX-License-Identifier: GPL-3.0-or-later

The presence frame of vector.h with the flag for a tag, signed anew by OpenSSL, and its tag: XChaCha20-Poly1305 after
draft-irtf-cfrg-xchacha-03 (HChaCha20) and RFC 8439, the keys taken to Montgomery form after RFC 7748, section 4.1.

    python3 tag_vector.py
"""
import hashlib, os, re, struct

from epoch_key_vector import P, poly1305, show, sign, x25519


def chacha_rounds(x):
    x = list(x)
    rotl = lambda v, n: (v << n | v >> 32 - n) & 0xFFFFFFFF
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for shift_d, shift_b in ((16, 12), (8, 7)):
                x[a] = x[a] + x[b] & 0xFFFFFFFF
                x[d] = rotl(x[d] ^ x[a], shift_d)
                x[c] = x[c] + x[d] & 0xFFFFFFFF
                x[b] = rotl(x[b] ^ x[c], shift_b)
    return x


def state(key, sixteen):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", sixteen)


def hchacha20(key, sixteen):
    x = chacha_rounds(state(key, sixteen))
    return struct.pack("<8I", *x[:4], *x[12:])


def block_0(key, nonce):
    start = state(hchacha20(key, nonce[:16]), bytes(8) + nonce[16:])  # counter 0, four zero bytes, the rest of the nonce
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, chacha_rounds(start))))


def tag(key, nonce, data):
    padded = data + bytes(-len(data) % 16)
    return poly1305(block_0(key, nonce)[:32], padded + struct.pack("<QQ", len(data), 0))


def montgomery(ed25519_public):
    y = int.from_bytes(ed25519_public, "little") & (1 << 255) - 1
    return ((1 + y) * pow(1 - y, P - 2, P) % P).to_bytes(32, "little")


def scalar(seed):
    return hashlib.sha512(seed).digest()[:32]


def public_of(seed):
    """The Ed25519 public key of a seed, which is all that a signature by OpenSSL needs to have been made with it."""
    import subprocess
    der = bytes.fromhex("302e020100300506032b657004220420") + seed
    out = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=der, check=True,
                         capture_output=True).stdout
    return out[-32:]


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    header = open(os.path.join(here, "vector.h")).read()
    text = re.search(r"vector_presence\[\] =(.*?);", header, re.S).group(1)
    frame = bytearray(bytes.fromhex("".join(re.findall(r'"([0-9a-f]+)"', text))))
    edge_seed, district_seed = bytes(range(32)), bytes(range(32, 64))
    edge, district = public_of(edge_seed), public_of(district_seed)
    shared = x25519(scalar(edge_seed), montgomery(district))
    assert shared == x25519(scalar(district_seed), montgomery(edge))
    key = hashlib.blake2b(b"yukikai tag 1" + shared + edge + district, digest_size=32).digest()
    frame[7] |= 16
    signed = bytes(frame[:-64])
    signed += sign(signed, edge_seed)
    show("vector_tag_key", key)
    show("vector_tagged", signed + tag(key, signed[-64:-40], signed))
