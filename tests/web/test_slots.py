"""Agreeing on a time: the manager's page, the employee's on the phone."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import NAMES, at
from tests.reading import main_of

from huitan.conversations.actions import opening, preparation, scheduling
from huitan.conversations.models import SlotOffer

NOW = at(7, 2)
QUERIES = 13


@pytest.fixture
def quiet(talk, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-02T10:00:00+08:00"
    return talk


def form(*times: str, **more: str) -> dict[str, str]:
    sent = {"minutes": "45", "place": "3 号会客室", **more}
    for n, when in enumerate(times, 1):
        sent[f"day{n}"], sent[f"start{n}"] = when.split(" ")
    return sent


def give(cast, talk, *times):
    return scheduling.offer_slots(
        talk, times or (at(7, 14, 10), at(7, 15, 15)), minutes=45, place="", actor=cast.actor("shen"), at=NOW
    )


def test_offered_picked_and_settled(cast, quiet, as_) -> None:
    url = reverse("slots", args=[quiet.pk])
    assert "给林晓岚几个时间选" in main_of(as_("shen").get(url))
    sent = as_("shen").post(
        reverse("slots-offer", args=[quiet.pk]), form("2026-07-14 10:00", "2026-07-15 15:00"), follow=True
    )
    assert "已发给林晓岚" in sent.content.decode()
    assert "选一个面谈时间" in main_of(as_("lin").get(reverse("home")))
    page = main_of(as_("lin").get(url))
    assert "选一个时间，和沈立文面谈" in page
    assert page.count("选这个<") == 2
    slot = SlotOffer.objects.get().slots.last()
    done = as_("lin").post(reverse("slots-pick", args=[quiet.pk, slot.pk]), follow=True)
    assert "定好了：7 月 15 日 周三 15:00" in done.content.decode()
    quiet.refresh_from_db()
    assert quiet.scheduled_at == at(7, 15, 15)
    assert "现在定在 7 月 15 日 周三 15:00" in main_of(as_("shen").get(url))


def test_what_speaks_against_a_time_is_said_once_and_never_forbids(cast, quiet, as_) -> None:
    client, url = as_("shen"), reverse("slots-offer", args=[quiet.pk])
    times = ("2026-07-18 10:00", "2026-07-14 10:00")
    first = client.post(url, form(*times))
    assert first.status_code == 422
    page = main_of(first)
    assert "这天是周末" in page
    assert "知道了，仍然发出" in page
    assert 'value="2026-07-18"' in page
    assert not SlotOffer.objects.exists()
    knows = page.split('name="knows"')[1].split('value="')[1].split('"')[0]
    changed = client.post(url, form("2026-07-19 10:00", knows=knows))
    assert changed.status_code == 422  # another Sunday was not looked at yet
    assert client.post(url, form(*times, knows=knows)).status_code == 302
    assert SlotOffer.objects.get().slots.count() == 2
    assert "这天是周末" in main_of(as_("lin").get(reverse("slots", args=[quiet.pk])))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (form(), "至少给一个时间"),
        ({**form(), "day1": "2026-07-14"}, "选开始时间"),
        ({**form(), "start1": "10:00"}, "选一个日期"),
        ({**form(), "day1": "明天", "start1": "10:00"}, "日期写成"),
        (form("2026-07-01 10:00"), "已经过去"),
        (form("2029-07-02 10:00", knows="20290702T1000"), "太远"),
        ({**form("2026-07-14 10:00"), "minutes": "7"}, "选 30、45 或 60 分钟"),
    ],
)
def test_refusals_keep_what_was_typed(quiet, as_, sent, sentence) -> None:
    client, url = as_("shen"), reverse("slots-offer", args=[quiet.pk])
    answer = client.post(url, sent)
    page = main_of(answer)
    if "仍然发出" in page and sentence not in page:
        knows = page.split('name="knows"')[1].split('value="')[1].split('"')[0]
        answer = client.post(url, {**sent, "knows": knows})
        page = main_of(answer)
    assert answer.status_code == 422
    assert sentence in page
    assert "3 号会客室" in page
    assert not SlotOffer.objects.exists()


def test_none_fits_says_what_would(cast, quiet, as_) -> None:
    give(cast, quiet)
    url = reverse("slots-others", args=[quiet.pk])
    bare = as_("lin").post(url, {"wish": " "})
    assert bare.status_code == 422
    assert "写一句哪些时候方便" in main_of(bare)
    done = as_("lin").post(url, {"wish": "<b>周三</b>下午都行"}, follow=True)
    assert "已告诉对方" in done.content.decode()
    page = main_of(as_("shen").get(reverse("slots", args=[quiet.pk])))
    assert "&lt;b&gt;周三&lt;/b&gt;下午都行" in page
    assert "林晓岚想换时间" in main_of(as_("shen").get(reverse("talks")))


def test_the_manager_may_still_set_a_time_directly(cast, quiet, as_) -> None:
    given = give(cast, quiet)
    as_("shen").post(
        reverse("prepare-schedule", args=[quiet.pk]),
        {"day": "2026-07-17", "start": "09:00", "minutes": "45", "place": ""},
    )
    given.refresh_from_db()
    assert given.state == "withdrawn"
    late = as_("lin").post(reverse("slots-pick", args=[quiet.pk, given.slots.first().pk]))
    assert late.status_code == 409


def test_the_manager_takes_an_offer_back(cast, quiet, as_) -> None:
    give(cast, quiet)
    assert as_("lin").post(reverse("slots-withdraw", args=[quiet.pk])).status_code == 403
    assert (
        "已收回" in as_("shen").post(reverse("slots-withdraw", args=[quiet.pk]), follow=True).content.decode()
    )


def test_who_may_do_what(cast, quiet, as_) -> None:
    given = give(cast, quiet)
    slot = given.slots.first()
    seen = {"lin", "shen", "gu", "he"}
    for who in NAMES:
        client = as_(who)
        page = client.get(reverse("slots", args=[quiet.pk]))
        assert page.status_code == (200 if who in seen else 404), who
        if who in seen:
            assert ("选这个<" in main_of(page)) == (who == "lin")
            assert ("发给林晓岚选" in main_of(page)) == (who == "shen")
            assert ("7 月 14 日" in main_of(page)) == (who in ("lin", "shen"))
        if who != "lin":
            answer = client.post(reverse("slots-pick", args=[quiet.pk, slot.pk]))
            assert answer.status_code == (403 if who in seen else 404), who
        if who != "shen":
            answer = client.post(reverse("slots-offer", args=[quiet.pk]), form("2026-07-14 10:00"))
            assert answer.status_code == (403 if who in seen else 404), who
    given.refresh_from_db()
    assert given.state == "open"


def test_a_slot_of_another_talk_is_not_found(cast, cycle, quiet, as_) -> None:
    from tests.cast import talk_of

    give(cast, quiet)
    other = give(cast, talk_of(cast.chen, cycle))
    answer = as_("lin").post(reverse("slots-pick", args=[quiet.pk, other.slots.first().pk]))
    assert answer.status_code == 404


def test_a_time_of_an_offer_replaced_meanwhile_says_so(cast, quiet, as_) -> None:
    old = give(cast, quiet).slots.first()
    give(cast, quiet, at(7, 16, 9))
    answer = as_("lin").post(reverse("slots-pick", args=[quiet.pk, old.pk]))
    quiet.refresh_from_db()
    assert answer.status_code == 409 and "已收回" in main_of(answer) and quiet.scheduled_at != at(7, 14, 10)


def test_a_talk_past_choosing_says_so(cast, quiet, as_) -> None:
    give(cast, quiet)
    opening.cancel(quiet, "组织调整", actor=cast.actor("he"), at=NOW)
    page = main_of(as_("lin").get(reverse("slots", args=[quiet.pk])))
    assert "选这个<" not in page
    assert "已收回" in page


def test_times_are_in_the_readers_zone(cast, quiet, as_) -> None:
    give(cast, quiet)
    account = cast.account("lin")
    account.time_zone = "Europe/Berlin"
    account.save(update_fields=["time_zone"])
    assert "04:00" in main_of(as_("lin").get(reverse("slots", args=[quiet.pk])))


def test_the_pages_ask_the_same_however_many_times(cast, quiet, as_, django_assert_max_num_queries) -> None:
    give(cast, quiet, at(7, 14, 10))
    url = reverse("slots", args=[quiet.pk])
    for who in ("lin", "shen"):
        client = as_(who)
        counts = []
        for times in ([at(7, 14, 10)], [at(7, day, 10) for day in (13, 14, 15, 16, 17)]):
            give(cast, quiet, *times)
            with django_assert_max_num_queries(QUERIES) as asked:
                client.get(url)
            counts.append(len(asked))
        assert counts[0] == counts[1], who


def test_the_next_step_follows_the_offer(cast, quiet, as_) -> None:
    give(cast, quiet)
    assert "等林晓岚选面谈时间" in main_of(as_("shen").get(reverse("talks")))
    walk.prepare(cast, quiet)
    assert "等林晓岚选面谈时间" not in main_of(as_("shen").get(reverse("talks")))
    preparation.share(quiet, actor=cast.actor("shen"), at=NOW)
    give(cast, quiet, at(7, 20, 10))
    assert "选一个面谈时间" in main_of(as_("lin").get(reverse("home")))
