"""What goes wrong around a command, and not in it, in a sentence: the database, the disk, an argument in another encoding."""

from __future__ import annotations

import re
import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _

NO_TABLE = re.compile(r"no such (table|column)|(relation|column) .*does not exist")


def words_for(wrong: Exception) -> str | None:
    """None for an error of our own, whose traceback somebody will want to read."""
    if isinstance(wrong, OperationalError | ProgrammingError) and NO_TABLE.search(str(wrong)):
        return _("数据库里还没有会谈的表，或是旧版本的。先运行 huitan migrate。")
    # DatabaseError itself, and not one of those below it that say our query was wrong: the file is damaged.
    is_broken = type(wrong) in (DatabaseError, sqlite3.DatabaseError)
    if is_broken or isinstance(wrong, OperationalError | InterfaceError | sqlite3.OperationalError):
        said = str(wrong).strip().splitlines() or [type(wrong).__name__]
        return _("数据库没有应答：%(problem)s。运行 huitan doctor 看看怎么办。") % {
            "problem": said[0].rstrip(".")
        }
    if wrong.args and isinstance(wrong.args[0], OSError):
        wrong = wrong.args[0]  # XlsxWriter's own error around it
    if isinstance(wrong, OSError) and wrong.strerror:
        return _("%(file)s：%(problem)s。") % {"file": wrong.filename or "", "problem": wrong.strerror}
    if isinstance(wrong, UnicodeError):
        return _("有一个参数、文件名或文件不是 UTF-8 编码。改成 UTF-8 再试。")
    return None
