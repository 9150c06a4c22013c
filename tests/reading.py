"""What somebody reads of an answer."""

from __future__ import annotations

from django.http import HttpResponse


def main_of(answer: HttpResponse) -> str:
    """The page without its frame."""
    page = answer.content.decode()
    return page[page.index("<main") : page.index("</main>")]
