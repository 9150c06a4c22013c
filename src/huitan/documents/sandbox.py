"""Checking a file from anybody, in a process of its own with little memory and little time: a PDF made to swell up or
never end costs that process only. `python -m huitan.documents.sandbox` is the inner side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from huitan.core.sentences import say
from huitan.documents.findings import Examination, only

MEMORY = 1024 * 1024 * 1024
SECONDS = 20
PATIENCE = 45


def check(data: bytes, trusted: Sequence[x509.Certificate]) -> Examination:
    """What `checking.examine` finds; a sentence where the file would not be read in reasonable space and time."""
    pems = b"".join(c.public_bytes(Encoding.PEM) for c in trusted)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "huitan.documents.sandbox", str(len(pems))],
            input=pems + data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Examination.from_json(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return only("file", say("文件解不开：解压后太大，或者结构异常。"))


def _limited() -> None:
    try:
        import resource
    except ImportError:  # a system without such limits still has the outer time limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _inner() -> None:
    _limited()
    from huitan.documents.checking import examine

    length = int(sys.argv[1])
    given = sys.stdin.buffer.read()
    trusted = x509.load_pem_x509_certificates(given[:length]) if length else []
    sys.stdout.write(json.dumps(examine(given[length:], trusted).as_json()))


if __name__ == "__main__":
    _inner()
