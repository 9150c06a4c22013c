from __future__ import annotations

import pytest
from django.urls import reverse
from tests import walk

BACKEND = "huitan.people.backend.Accounts"


@pytest.mark.parametrize(
    ("who", "text", "sees", "not_"),
    [
        ("shen", "林晓", ["林晓岚"], []),
        ("shen", "00004", ["林晓岚"], []),
        ("shen", "台账", ["每周五更新 ECN 台账并通报超期"], []),
        ("sun", "林晓岚", ["没有找到"], ["工艺工程师"]),
        ("sun", "台账", ["没有找到"], ["每周五"]),
        ("shen", "<script>", ["没有找到", "&lt;script&gt;"], ["<script>alert"]),
        ("shen", "", ["想找什么"], []),
        ("shen", "E-99999999999999999999", ["没有找到"], []),
    ],
)
def test_search_finds_only_what_the_viewer_may_see(cast, talk, client, who, text, sees, not_) -> None:
    walk.to_signed(cast, talk)
    client.force_login(cast.account(who), backend=BACKEND)
    page = client.get(reverse("search"), {"q": text}).content.decode()
    main = page[page.index("<main") :]
    for words in sees:
        assert words in main
    for words in not_:
        assert words not in main


def test_search_asks_three_times_however_much_it_finds(cast, talk, client, django_assert_num_queries) -> None:
    walk.to_signed(cast, talk)
    client.force_login(cast.account("shen"), backend=BACKEND)
    client.get(reverse("search"))
    with django_assert_num_queries(6):
        client.get(reverse("search"), {"q": "林"})
    with django_assert_num_queries(6):
        client.get(reverse("search"), {"q": "E"})
