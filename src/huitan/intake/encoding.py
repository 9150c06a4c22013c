"""Bytes of a text file to text, for the encodings that spreadsheets and HR systems write."""

import codecs

from huitan.intake.problems import N_, Unusable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALLOWED_CONTROLS = frozenset("\t\n\r\v\f\x1a")


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding ("utf-8", "utf-8-sig", "gb18030", "utf-16-le", "utf-16-be", "utf-32",
    "windows-1252"). Raises Unusable when no encoding reads every byte as text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            found = _attempt(
                data if encoding == "utf-32" else data[len(mark) :], encoding.removesuffix("-sig")
            )
            if found is not None:
                return found, encoding
            if encoding == "utf-8-sig":
                continue
            raise _unreadable()
    for encoding in _candidates(data):
        found = _attempt(data, encoding)
        if found is not None:
            return found, encoding
    raise _unreadable()


def _candidates(data: bytes) -> tuple[str, ...]:
    """A zero byte never occurs in UTF-8 or GB18030 text, and always does in UTF-16 with line breaks or digits."""
    sample = data[:200_000]
    if b"\x00" not in sample:
        return ("utf-8", "gb18030", "windows-1252")
    if sample[1::2].count(0) >= sample[0::2].count(0):
        return ("utf-16-le", "utf-16-be")
    return ("utf-16-be", "utf-16-le")


def _attempt(data: bytes, encoding: str) -> str | None:
    try:
        found = data.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return None
    return found if _is_text(found) else None


def _is_text(found: str) -> bool:
    sample = found[:20_000]
    stray = sum(1 for c in sample if (c < " " or "\x7f" <= c < "\xa0") and c not in _ALLOWED_CONTROLS)
    return stray <= len(sample) // 200


def _unreadable() -> Unusable:
    return Unusable(
        N_("看不出文件的文字编码。它不是 UTF-8、GB18030 或 UTF-16 的文本，也不是 Excel 工作簿。"),
        N_("用 Excel 打开原表，另存为 .xlsx 后重新上传。"),
    )
