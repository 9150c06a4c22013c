"""What people handed in, given out again: always a download, never shown as a page of ours."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse

from huitan.core import files
from huitan.core.models import KeptFile
from huitan.core.moves import Refused
from huitan.core.sentences import say


def as_download(kept: KeptFile) -> HttpResponse:
    stored = files.path(kept.sha256)
    if not stored.exists():
        raise Refused(
            "not_now", say("「%(name)s」在服务器上找不到了。请告诉 HR，附件的校验值还在。", name=kept.name)
        )
    response = FileResponse(
        stored.open("rb"), as_attachment=True, filename=kept.name, content_type="application/octet-stream"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
