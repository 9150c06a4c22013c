"""核对文件: anybody with a PDF, logged in or not, learns in words whether it still is what was sealed.

The file is read in memory, looked at in a process of its own and forgotten. Nothing is said about a record that the
file itself does not say, except whether it is known and the newest; and that only of a file that bears our own seal.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from huitan.core import tallies
from huitan.documents.certificate import fingerprint, known_certificates
from huitan.documents.findings import Examination
from huitan.documents.known import compared
from huitan.documents.sandbox import check
from huitan.documents.sealing_words import grouped

LARGEST = 20 * 1024 * 1024
FORM_AROUND = 64 * 1024
FROM_ONE_PLACE = 10
FROM_EVERYWHERE = 60
# Of one web process, whose memory it spares.
AT_ONCE = BoundedSemaphore(2)
PATIENCE = 20


class InMemory(MemoryFileUploadHandler):
    """Keeps what is sent in memory, up to the limit; nothing touches the disk."""

    def handle_raw_input(self, *given: Any, **named: Any) -> None:
        self.activated, self.received = True, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > LARGEST:
            self.request.META["huitan.too_large"] = True
            raise StopUpload(connection_reset=True)
        self.file.write(raw_data)


@csrf_exempt  # the inner view is protected: reading the token reads the form, which must go to memory
@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > LARGEST + FORM_AROUND:
        return _page(request, _("文件太大：最大 20 MB。更大的用命令行 huitan verify 核对。"), status=413)
    request.upload_handlers = [InMemory(request)]
    return _verify(request)


@csrf_protect
def _verify(request: HttpRequest) -> HttpResponse:
    sent = request.FILES.get("file")  # reads what was sent
    if request.META.get("huitan.too_large"):
        return _page(request, _("文件太大：最大 20 MB。更大的用命令行 huitan verify 核对。"), status=413)
    if sent is None:
        return _page(request, _("先选一个 PDF 文件。"), status=422)
    if _too_often(request) or not AT_ONCE.acquire(timeout=PATIENCE):
        return _page(request, _("这会儿核对的人太多。一分钟后再试。"), status=429)
    try:
        examined = compared(check(sent.read(), known_certificates()))
    finally:
        AT_ONCE.release()
    return _page(request, examined=examined, name=sent.name)


def _too_often(request: HttpRequest) -> bool:
    """Counts per minute, by address and altogether."""
    places = ((request.META.get("REMOTE_ADDR", ""), FROM_ONE_PLACE), ("*", FROM_EVERYWHERE))
    return any(tallies.count(f"verify-file:{place}", request.at) > most for place, most in places)


def _page(
    request: HttpRequest,
    problem: str = "",
    *,
    examined: Examination | None = None,
    name: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "problem": problem,
        "examined": examined,
        "name": name,
        "certificates": [grouped(c) for c in _fingerprints()],
        "company": settings.HUITAN_COMPANY,
    }
    return render(request, "screens/verify_file.html", context, status=status)


def _fingerprints() -> list[str]:
    return [fingerprint(c) for c in known_certificates()]


urls = [path("verify/file/", verify_file, name="verify-file")]
