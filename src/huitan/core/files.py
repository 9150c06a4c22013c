"""Files people hand in: what is taken, and where it lies. Kept under HUITAN_HOME/files by their SHA-256, never under a
given name, and given out again only as downloads."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

from huitan.core.moves import Refused
from huitan.core.sentences import say

MAX_BYTES = 20 * 1024 * 1024
# What an Office file may grow to on the reader's machine; a page of text is a few KB, a deck of pictures hardly grows.
MAX_UNPACKED = 300 * 1024 * 1024
# What evidence usually is, recognised by its first bytes rather than by its name.
MARKS = (
    (b"%PDF-", {".pdf"}),
    (b"\x89PNG\r\n\x1a\n", {".png"}),
    (b"\xff\xd8\xff", {".jpg", ".jpeg"}),
    (b"PK\x03\x04", {".xlsx", ".docx", ".pptx"}),
    (b"\xd0\xcf\x11\xe0", {".xls", ".doc", ".ppt"}),
)
# The folder that makes a zip archive a workbook, a text or a deck.
OFFICE_FOLDERS = {".xlsx": "xl/", ".docx": "word/", ".pptx": "ppt/"}
TEXT_ENDINGS = {".txt", ".csv", ".md"}
LIMITED_NAME = 255


def path(sha256: str) -> Path:
    return Path(settings.HUITAN_HOME) / "files" / sha256[:2] / sha256


def keep(content: bytes) -> str:
    """Store the bytes once, readable by the server alone; returns their SHA-256 (hex)."""
    digest = hashlib.sha256(content).hexdigest()
    place = path(digest)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as partial:
            partial.write(content)
        Path(partial.name).replace(place)
    return digest


def content(sha256: str) -> bytes | None:
    """The bytes as handed in; None when they are gone or no longer what they were."""
    try:
        data = path(sha256).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def bare_name(name: str) -> str:
    """The name without any path, short enough to keep."""
    return Path(name).name[:LIMITED_NAME]


def check(name: str, content: bytes) -> None:
    """Refuse what is empty, too large, not of a kind we take, or not what its name says."""
    ending = Path(name).suffix.lower()
    if not content:
        raise Refused("invalid", say("「%(name)s」是空文件。", name=name))
    check_size(name, len(content))
    if ending in TEXT_ENDINGS and b"\x00" not in content[:8192]:
        return
    if not any(content.startswith(mark) and ending in endings for mark, endings in MARKS):
        raise Refused(
            "invalid",
            say(
                "「%(name)s」的内容和扩展名对不上，或不是可收的类型。可收：PDF、PNG、JPG、Word、Excel、PPT、文本。",
                name=name,
            ),
        )
    if ending in OFFICE_FOLDERS:
        _check_office(name, content, OFFICE_FOLDERS[ending])
    elif zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused(
            "invalid", say("「%(name)s」里面还藏着另一个压缩文件，没有收。另存一份干净的再传。", name=name)
        )


def check_size(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise Refused("invalid", say("「%(name)s」超过 20 MB。压缩后再传，或只传关键几页。", name=name))


def _check_office(name: str, content: bytes, folder: str) -> None:
    """An Office file is a zip archive with a known inside, of a size that whoever opens it can bear."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        parts = []
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("invalid", say("「%(name)s」展开后太大，没有收。只传关键几页。", name=name))
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(each.startswith(folder) for each in names):
        raise Refused(
            "invalid", say("「%(name)s」打不开：文件已损坏，或不是扩展名说的类型。另存后再传。", name=name)
        )
