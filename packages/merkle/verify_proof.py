#!/usr/bin/env python3
"""Verifies inclusion and consistency proofs of a Merkle log, written from RFC 9162 alone.

Reads JSON objects from standard input, one a line, and prints "valid" or "invalid" for each:

  {"inclusion": {"index": 3, "size": 8, "leaf": <hash>, "root": <hash>, "proof": [<hash>, ...]}}
  {"consistency": {"first": 3, "first_root": <hash>, "second": 8, "second_root": <hash>, "proof": [<hash>, ...]}}
  {"entries": [<entry>, ...], "root": <hash>}

Hashes and entries are base64. Exit code 0: all are valid, 1: one is not. It needs nothing but Python 3.
"""

import base64
import hashlib
import json
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    """Section 2.1.1"""
    return sha256(b"\x00" + entry)


def tree_hash(entries):
    """Section 2.1.1"""
    n = len(entries)
    if n == 0:
        return sha256(b"")
    if n == 1:
        return leaf_hash(entries[0])
    k = 1
    while k << 1 < n:
        k <<= 1
    return sha256(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:]))


def verify_inclusion(leaf_index, tree_size, leaf, root, path):
    """Section 2.1.3.2"""
    if leaf_index >= tree_size:
        return False
    fn, sn = leaf_index, tree_size - 1
    r = leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r)
            if not fn & 1:
                while not (fn & 1 or fn == 0):
                    fn >>= 1
                    sn >>= 1
        else:
            r = sha256(b"\x01" + r + p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


def verify_consistency(first, first_hash, second, second_hash, path):
    """Section 2.1.4.2"""
    if first == second:
        return first_hash == second_hash and not path
    if first == 0 or first > second or not path:
        return False
    if first & (first - 1) == 0:
        path = [first_hash] + path
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = sha256(b"\x01" + c + fr)
            sr = sha256(b"\x01" + c + sr)
            if not fn & 1:
                while not (fn & 1 or fn == 0):
                    fn >>= 1
                    sn >>= 1
        else:
            sr = sha256(b"\x01" + sr + c)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == first_hash and sr == second_hash


def verify(claim):
    d = base64.b64decode
    if "inclusion" in claim:
        c = claim["inclusion"]
        return verify_inclusion(c["index"], c["size"], d(c["leaf"]), d(c["root"]), [d(p) for p in c["proof"]])
    if "consistency" in claim:
        c = claim["consistency"]
        path = [d(p) for p in c["proof"]]
        return verify_consistency(c["first"], d(c["first_root"]), c["second"], d(c["second_root"]), path)
    return tree_hash([d(e) for e in claim["entries"]]) == d(claim["root"])


def main():
    results = [verify(json.loads(line)) for line in sys.stdin if line.strip()]
    for result in results:
        print("valid" if result else "invalid")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
