"""R05: the wording check in the product: asked while typing, nothing kept, dismissed with a reason, counted at the end."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.cast import Cast

from huitan.conversations.actions import room
from huitan.conversations.actions import wording as actions
from huitan.conversations.models import Conversation, Dismissal, Topic
from huitan.core.models import Event

BACKEND = "huitan.people.backend.Accounts"
VAGUE = "不够主动"
JARGON = "三月起没有跟上对齐颗粒度。"


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:22:00+08:00"


def browser(cast: Cast, who: str, **options: bool) -> Client:
    client = Client(**options)
    client.force_login(cast.account(who), backend=BACKEND)
    return client


@pytest.fixture
def talked(cast, talk) -> Conversation:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    talk.refresh_from_db()
    return talk


def improvement(talk: Conversation) -> Topic:
    return talk.topics.get(kind="improvement")


def ask(client: Client, text: str, field: str = "feedback.issue", **more: object):
    return client.post(reverse("wording"), {"text": text, "field": field, **more})


def codes(client: Client, text: str, field: str = "feedback.issue", **more: object) -> list[str]:
    answer = ask(client, text, field, **more)
    assert answer.status_code == 200, answer.content
    return [one["code"] for one in answer.json()["findings"]]


def about(talk: Conversation, box: str = "issue") -> dict[str, object]:
    return {"talk": talk.pk, "topic": improvement(talk).pk, "box": box}


def dismiss(client: Client, talk: Conversation, **changes: object):
    given = {**about(talk), "code": "vague-judgement", "words": VAGUE, "reason": "原话引用"}
    sent = {name: value for name, value in {**given, **changes}.items() if value is not None}
    return client.post(reverse("wording-dismiss"), sent, headers={"X-Requested-With": "fetch"})


def test_r05_a_vague_text_is_answered_with_place_reason_and_question(cast):
    (one,) = ask(browser(cast, "shen"), VAGUE).json()["findings"]
    assert set(one) == {"code", "start", "end", "severity", "message", "hint", "words"}
    assert (one["code"], one["start"], one["end"], one["words"]) == ("vague-judgement", 0, 4, VAGUE)
    assert VAGUE in one["message"] and one["hint"].endswith("？")


def test_r05_the_answer_is_in_the_language_of_the_text(cast):
    (one,) = ask(browser(cast, "shen"), "Not proactive enough.").json()["findings"]
    assert "verdict" in one["message"]
    forced = ask(browser(cast, "shen"), "Not proactive enough.", lang="zh").json()["findings"]
    assert all("verdict" not in found["message"] for found in forced)


def test_good_and_empty_texts_are_left_alone(cast):
    client = browser(cast, "shen")
    assert codes(client, "2 月到 5 月有 4 份 ECN 超期，其中 ECN-2207 晚了 6 天。") == []
    assert codes(client, "") == codes(client, " \n ") == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": VAGUE, "field": "feedback.nothing"}, "没有「feedback.nothing」这一栏"),
        ({"text": VAGUE}, "说明这段话写在哪一栏"),
        ({"text": VAGUE, "field": "whole", "lang": "fr"}, "语言只有 zh 和 en"),
    ],
)
def test_what_the_check_does_not_know_is_said_in_words(cast, sent, said):
    answer = browser(cast, "shen").post(reverse("wording"), sent)
    assert answer.status_code == 422 and said in answer.json()["said"]


def test_a_long_text_is_cut_and_says_so(cast):
    client = browser(cast, "shen")
    assert ask(client, "好" * 4996 + VAGUE).json().get("cut") is None
    answer = ask(client, "字" * 20_001).json()
    assert answer["cut"] is True and all((one["end"] or 0) <= 5000 for one in answer["findings"])


def test_only_people_who_are_logged_in_and_only_with_the_token(cast):
    stranger = ask(Client(), VAGUE)
    assert stranger.status_code == 302 and "login" in stranger.url
    assert ask(browser(cast, "shen", enforce_csrf_checks=True), VAGUE).status_code == 403
    assert browser(cast, "shen").get(reverse("wording")).status_code == 405


def test_r05_nothing_of_a_text_being_typed_is_stored_or_logged(cast, talked, caplog):
    client = browser(cast, "shen")
    secret = "这句话只是正在输入，态度不够主动。"
    before = Event.objects.count()
    with (
        CaptureQueriesContext(
            connection,
        ) as seen,
        caplog.at_level(0),
    ):
        assert ask(client, secret, **about(talked)).status_code == 200
    assert Event.objects.count() == before
    written = [
        q["sql"] for q in seen if q["sql"].lstrip('"').upper().startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    assert written == []
    assert not [q for q in seen if "正在输入" in q["sql"]]
    assert "正在输入" not in caplog.text


def test_two_queries_beside_knowing_who_asks(cast, talked, django_assert_num_queries):
    client = browser(cast, "shen")
    for word in ("抓手", "闭环", "赋能"):
        actions.add_word(word, "allow", actor=cast.actor("he"), at=walk.TALK_AT)
    dismiss(client, talked)
    box = about(talked)
    with CaptureQueriesContext(connection) as who:
        client.post(reverse("wording"), {})
    with django_assert_num_queries(len(who) + 1):
        ask(client, VAGUE)
    with django_assert_num_queries(len(who) + 2):
        ask(client, VAGUE, **box)


def test_r05_a_dismissed_finding_stays_away_from_that_text_only(cast, talked):
    client = browser(cast, "shen")
    assert codes(client, VAGUE, **about(talked)) == ["vague-judgement"]
    assert dismiss(client, talked).json() == {"dismissed": True}
    assert codes(client, VAGUE, **about(talked)) == []
    assert codes(client, VAGUE, **about(talked, "manager_statement")) == ["vague-judgement"]
    assert codes(client, VAGUE) == ["vague-judgement"]
    assert codes(client, "整体表现一般", **about(talked)) == ["vague-judgement"]
    assert codes(browser(cast, "sun"), VAGUE, **about(talked)) == ["vague-judgement"]


def test_r05_the_history_keeps_code_and_reason_but_not_the_words(cast, talked):
    dismiss(browser(cast, "shen"), talked, reason="客户的原话")
    dismiss(browser(cast, "shen"), talked, reason="又按了一次")
    event = Event.objects.get(stream=talked.stream, verb="wording.dismissed")
    assert event.payload == {
        "topic": improvement(talked).pk,
        "field": "issue",
        "code": "vague-judgement",
        "reason": "客户的原话",
    }
    kept = Dismissal.objects.get()
    assert (kept.words, kept.reason, kept.by) == (VAGUE, "客户的原话", cast.shen)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "  "}, "写一句为什么不适用"),
        ({"reason": "长" * 201}, "最多 200 个字"),
        ({"topic": None}, "没有这一栏"),
        ({"box": "what"}, "没有这一栏"),
        ({"words": "长" * 201}, "没有这样的提示"),
    ],
)
def test_a_dismissal_that_cannot_be_kept_says_why(cast, talked, changes, said):
    answer = dismiss(browser(cast, "shen"), talked, **changes)
    assert answer.status_code == 422 and said in answer.json()["said"]
    assert not Dismissal.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("lin", 403), ("he", 403), ("gu", 403), ("sun", 404), ("tao", 404)]
)
def test_only_who_writes_the_text_dismisses(cast, talked, who, status):
    assert dismiss(browser(cast, who), talked).status_code == status
    assert not Dismissal.objects.exists()


def test_another_talks_topic_is_not_found_and_a_finished_talk_is_closed(cast, talked):
    client = browser(cast, "shen")
    assert dismiss(client, talked, topic=999_999).status_code == 404
    assert client.post(reverse("wording-dismiss"), {"talk": "9" * 30}).status_code == 422
    walk.complete(cast, talked)
    assert dismiss(client, talked).status_code == 409


def test_boxes_of_the_whole_talk_need_no_topic(cast, talked):
    client = browser(cast, "shen")
    for box in ("what", "criterion", "score_reason", "rating_reason"):
        assert dismiss(client, talked, topic=None, box=box).status_code == 200, box
        assert codes(client, VAGUE, talk=talked.pk, box=box) == []


def make_vague(cast: Cast, talk: Conversation) -> None:
    shen, topic = cast.actor("shen"), improvement(talk)
    room.write(topic, "issue", VAGUE, actor=shen, at=walk.TALK_AT)
    room.write(topic, "direction", "加强学习", actor=shen, at=walk.TALK_AT)
    item = talk.plan.items.get(kind="action")
    room.put_action(talk, {"what": "提升沟通能力"}, item=item, actor=shen, at=walk.TALK_AT)


def frozen(talk: Conversation) -> dict[str, int]:
    payload = Event.objects.filter(stream=talk.stream, verb="record.frozen").latest("seq").payload
    counts: dict[str, int] = payload["wording"]
    return counts


def test_r05_what_is_left_is_counted_on_completion_and_blocks_nothing(cast, talked):
    make_vague(cast, talked)
    client = browser(cast, "shen")
    url = reverse("room-complete", args=[talked.pk])
    page = client.get(url).content.decode()
    assert "还有 3 处措辞可以更具体" in page and "都齐了" in page
    assert f"?topic={improvement(talked).pk}#topic-{improvement(talked).pk}" in page
    assert dismiss(client, talked).status_code == 200
    assert "还有 2 处措辞可以更具体" in client.get(url).content.decode()
    record = walk.complete(cast, talked)
    assert frozen(talked) == {"unverifiable-goal": 1, "vague-direction": 1}
    assert "wording" not in record.content and "unverifiable" not in str(record.content)


def test_r05_the_note_stands_beside_what_is_missing_too(cast, talked):
    make_vague(cast, talked)
    room.choose(improvement(talked), consensus="", actor=cast.actor("shen"), at=walk.TALK_AT)
    page = browser(cast, "shen").get(reverse("room-complete", args=[talked.pk])).content.decode()
    assert "还差 1 处" in page and "还有 3 处措辞可以更具体" in page


def test_r05_a_clear_talk_is_told_nothing(cast, talked):
    page = browser(cast, "shen").get(reverse("room-complete", args=[talked.pk])).content.decode()
    assert "措辞可以更具体" not in page
    walk.complete(cast, talked)
    assert frozen(talked) == {}


def test_r05_company_words_count_on_completion(cast, talked):
    actions.add_word(
        "抄送", "forbid", code="absolute", reason="写谁收到", actor=cast.actor("he"), at=walk.TALK_AT
    )
    walk.complete(cast, talked)
    assert frozen(talked) == {"absolute": 1}


def test_r05_a_promise_is_not_counted_twice_and_a_topic_carried_over_not_at_all(cast, talked):
    shen, topic = cast.actor("shen"), improvement(talked)
    room.write(topic, "support_criterion", "尽快完成", actor=shen, at=walk.TALK_AT)
    url = reverse("room-complete", args=[talked.pk])
    client = browser(cast, "shen")
    field = codes(client, "尽快完成", "plan.acceptance")
    assert field
    assert f"还有 {len(field)} 处" in client.get(url).content.decode()
    make_vague(cast, talked)
    room.carry_over(topic, actor=shen, at=walk.TALK_AT)
    page = client.get(url).content.decode()
    assert f"#topic-{topic.pk}" not in page and "措辞可以更具体" in page


def test_completing_asks_the_same_number_of_queries_for_the_check(cast, talked, django_assert_num_queries):
    client, url = browser(cast, "shen"), reverse("room-complete", args=[talked.pk])
    with CaptureQueriesContext(connection) as clear:
        client.get(url)
    make_vague(cast, talked)
    with django_assert_num_queries(len(clear)):
        client.get(url)


@pytest.mark.parametrize(
    ("who", "boxes"),
    [("shen", {"issue", "direction", "support", "support_criterion"}), ("lin", set())],
)
def test_r05_evaluative_boxes_are_checked_and_the_employees_words_never(cast, talked, who, boxes):
    room_url = f"{reverse('room', args=[talked.pk])}?topic={improvement(talked).pk}"
    page = browser(cast, who).get(room_url).content.decode()
    assert {box for box in Dismissal.TOPIC_BOXES if f'data-wording-box="{box}"' in page} == boxes
    for area in page.split("<textarea")[1:]:
        tag = area.split(">")[0]
        assert ("data-wording=" in tag) == any(f'name="{box}"' in tag for box in boxes), tag


def test_r05_a_highlight_is_read_as_a_highlight_and_actions_as_a_plan(cast, talked):
    client = browser(cast, "shen")
    highlight = talked.topics.get(kind="highlight")
    page = client.get(f"{reverse('room', args=[talked.pk])}?topic={highlight.pk}").content.decode()
    assert 'data-wording="highlight"' in page
    form = client.get(reverse("room-action-new", args=[talked.pk])).content.decode()
    assert 'data-wording="plan.item"' in form and 'data-wording="plan.acceptance"' in form


def test_r05_reasons_of_scores_and_rating_are_checked_while_preparing(cast, talk):
    walk.prepare(cast, talk)
    page = browser(cast, "shen").get(reverse("prepare", args=[talk.pk])).content.decode()
    assert 'data-wording-box="score_reason"' in page and 'data-wording-box="rating_reason"' in page
