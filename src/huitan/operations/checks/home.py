"""What lies under HUITAN_HOME: keys, room on the disk, and whether it can be written."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from huitan.core import whole_files
from huitan.core.sentences import say
from huitan.operations.findings import Finding, bad, good, look
from huitan.operations.restore import STAGING

GIB = 1024**3
SCARCE, TIGHT = 1 * GIB, 5 * GIB


def keys() -> Iterator[Finding]:
    folder = Path(settings.HUITAN_HOME) / "keys"
    secret = folder / "secret"
    if not secret.exists() or not secret.read_text().strip():
        yield bad(
            "keys",
            say("%(file)s 不见了或是空的。", file=secret),
            say("从备份里把 keys 文件夹放回来；放不回来的话，大家要重新登录和重新添加动态码。"),
        )
    for name in ("seal.pem", "document.pem"):
        path = folder / name
        if path.exists() and not _loads(path):
            yield bad(
                "keys.readable",
                say("密钥 %(file)s 读不出来。", file=path),
                say("从备份里把它放回来。不要删掉它重新生成：以前的封印会对不上。"),
            )
    open_to_others = [path for path in _files(folder) if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    private = [path for path in open_to_others if path.parent.name != "certificates"]
    if private:
        yield bad(
            "keys.private",
            say("别的用户也能读密钥：%(files)s", files=[path.name for path in private]),
            say("运行 chmod 600 %(files)s", files=" ".join(map(str, private))),
        )
    elif secret.exists():
        yield good("keys", say("密钥都在，只有运行会谈的用户能读。"))


def private() -> Iterator[Finding]:
    """Letters and files of everybody lie in the folder, and without PostgreSQL every word."""
    home = Path(settings.HUITAN_HOME)
    if home.stat().st_mode & stat.S_IRWXO:
        yield look(
            "home.private",
            say("这台机器上别的用户也能打开数据文件夹 %(home)s。", home=home),
            say("运行 chmod 700 %(home)s", home=home),
        )


def restored() -> Iterator[Finding]:
    """A restore that was killed may have left the database of one time beside the files and keys of another."""
    if any(Path(settings.HUITAN_HOME).glob(f"{STAGING}*")):
        yield bad(
            "home.restored",
            say("有一次恢复没有做完，数据可能只换了一半。"),
            say("先停下 huitan serve 和 worker，再运行一次 huitan restore 备份文件 --replace。"),
        )


def disk() -> Iterator[Finding]:
    home = Path(settings.HUITAN_HOME)
    for folder in (home, home / "files", home / "tmp", home / "keys"):
        probe = folder / f".doctor-{os.getpid()}"
        try:
            whole_files.write(probe, b"huitan", replace=True)
            probe.unlink()
        except OSError as problem:
            yield bad(
                "disk.writable",
                say(
                    "写不进 %(folder)s：%(problem)s", folder=folder, problem=problem.strerror or str(problem)
                ),
                say("让运行会谈的用户拥有这个文件夹，并看看磁盘是不是满了或只读。"),
            )
    free = shutil.disk_usage(home).free
    room = {"free": f"{free / GIB:.1f}", "home": home}
    sentence = say("%(home)s 所在的磁盘还剩 %(free)s GB。", **room)
    todo = say("清出空间，或换一块大一点的磁盘：写不进去时谁也签不了字。")
    if free < SCARCE:
        yield bad("disk.room", sentence, todo)
    elif free < TIGHT:
        yield look("disk.room", sentence, todo)
    else:
        yield good("disk.room", sentence)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _loads(path: Path) -> bool:
    try:
        load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return False
    return True
