"""The keys of an installation on their way through a backup: named without being given away, and sealed with a password.

Whoever has the keys can seal a history of their own making; a backup in the clear must not carry them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from huitan.core import whole_files
from huitan.core.moves import Refused
from huitan.core.sentences import say

MARK = b"huitan-keys-1\n"
NAMES = re.compile(r"secret|seal\.pem|document\.pem|certificates/[0-9a-f]{64}\.pem")
SHORTEST_PASSWORD = 12


def names_of(folder: Path) -> dict[str, str]:
    """What tells these keys from others."""
    found = {}
    secret, seal = folder / "secret", folder / "seal.pem"
    if secret.exists():
        found["secret"] = hashlib.sha256(b"huitan.backup:" + secret.read_bytes()).hexdigest()
    if seal.exists():
        key = serialization.load_pem_private_key(seal.read_bytes(), password=None)
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        found["seal"] = raw.hex()
    return found


def seal(folder: Path, password: str) -> bytes:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused("invalid", say("备份密码至少 %(n)s 个字符。", n=SHORTEST_PASSWORD))
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    keys = {
        name: base64.b64encode(path.read_bytes()).decode()
        for name, path in paths.items()
        if NAMES.fullmatch(name)
    }
    salt, nonce = os.urandom(16), os.urandom(12)
    return MARK + salt + nonce + AESGCM(_key(password, salt)).encrypt(nonce, json.dumps(keys).encode(), MARK)


def open_into(folder: Path, sealed: bytes, password: str) -> None:
    start = len(MARK)
    salt, nonce, text = sealed[start : start + 16], sealed[start + 16 : start + 28], sealed[start + 28 :]
    try:
        keys = json.loads(AESGCM(_key(password, salt)).decrypt(nonce, text, sealed[:start]))
    except (InvalidTag, ValueError) as wrong:
        raise Refused("invalid", say("备份密码不对，密钥打不开。")) from wrong
    for name, content in keys.items():
        if NAMES.fullmatch(name):
            whole_files.write(folder / name, base64.b64decode(content), replace=True)


def _key(password: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(password.encode())
