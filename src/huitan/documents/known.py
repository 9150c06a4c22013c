"""A file against the database: does the system know this record, is it the newest, did it issue this very file?"""

from __future__ import annotations

from django.db import DatabaseError

from huitan.conversations.models import Record
from huitan.core.models import Event
from huitan.core.sentences import say
from huitan.documents.findings import Examination, Finding, not_compared
from huitan.documents.written import stamp


def compared(examined: Examination) -> Examination:
    """The examination with what the database says added. A file that does not hold in itself is not looked up: nobody
    learns about a record by sending a made-up file."""
    if not examined.holds or "kind" not in examined.facts:
        return examined
    try:
        found = _record(examined) if examined.facts["kind"] == "record" else _plan(examined)
    except DatabaseError:
        return not_compared(examined)
    return examined.with_more(*found)


def _record(examined: Examination) -> list[Finding]:
    facts = examined.facts
    key, version = facts["key"], facts["version"]
    if not isinstance(key, int) or not isinstance(version, int):
        return [Finding("known", False, say("系统里没有这份记录。"))]
    hashes = dict(Record.objects.filter(conversation_id=key).values_list("version", "hash"))
    if version not in hashes:
        return [Finding("known", False, say("系统里没有这份记录。"))]
    if hashes[version] != facts["hash"]:
        return [Finding("known", False, say("系统里第 %(n)s 版的校验值和这份文件不同。", n=version))]
    found = [Finding("known", True, say("系统里有这份记录的第 %(n)s 版，校验值相同。", n=version))]
    found.append(_issued(f"conversation:{key}", "record.sealed", str(facts["sha256"])))
    if max(hashes) > version:
        said = say("之后有了第 %(n)s 版，这一版上的签字不再算数。", n=max(hashes))
        found.append(Finding("newest", False, said))
    else:
        found.append(Finding("newest", True, say("之后没有新的版本。")))
    return found


def _plan(examined: Examination) -> list[Finding]:
    return [_issued(f"plan:{examined.facts['key']}", "plan.sealed", str(examined.facts["sha256"]))]


def _issued(stream: str, verb: str, sha256: str) -> Finding:
    event = Event.objects.filter(stream=stream, verb=verb, payload__sha256=sha256).first()
    if event is None:
        return Finding("issued", False, say("系统没有发出过这个文件。"))
    return Finding("issued", True, say("这就是系统在 %(when)s 发出的那个文件。", when=stamp(event.at)))
