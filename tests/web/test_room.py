from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import walk
from tests.cast import Cast, at

from huitan.conversations import record_text
from huitan.conversations.actions import preparation, room, voice
from huitan.conversations.models import Conversation, Presence, PrivateNote, Topic
from huitan.conversations.queries.presence import LASTS
from huitan.conversations.queries.room import seen_in_room
from huitan.evidence.models import Evidence
from huitan.plans.models import PlanItem

BACKEND = "huitan.people.backend.Accounts"
HTMX = {"HX-Request": "true"}
FETCH = {"X-Requested-With": "fetch"}
HOSTILE = '<script>alert(1)</script>"&'


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T14:22:00+08:00"


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


@pytest.fixture
def shared(cast, talk) -> Conversation:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    return talk


@pytest.fixture
def begun(cast, shared) -> Conversation:
    walk.begin(cast, shared)
    shared.refresh_from_db()
    return shared


@pytest.fixture
def talked(cast, begun) -> Conversation:
    walk.highlight(cast, begun)
    walk.improvement(cast, begun)
    return begun


def ecn(talk: Conversation) -> Topic:
    return talk.topics.get(kind="improvement")


def room_of(talk: Conversation) -> str:
    return reverse("room", args=[talk.pk])


def words(response) -> str:
    return response.content.decode()


def test_before_it_begins_both_wait_and_only_the_manager_opens_the_door(cast, shared):
    manager, employee = browser(cast, "shen"), browser(cast, "lin")
    assert "开始面谈" in words(manager.get(room_of(shared)))
    page = words(employee.get(room_of(shared)))
    assert "这一页会自己打开" in page and "开始面谈" not in page
    assert employee.post(reverse("room-begin", args=[shared.pk])).status_code == 403
    assert manager.post(reverse("room-begin", args=[shared.pk])).status_code == 302
    shared.refresh_from_db()
    assert shared.state == "talking" and shared.held_by == cast.shen
    changes = reverse("room-changes", args=[shared.pk])
    assert "talking" in employee.get(changes, {"shape": "shared"})["X-Room-Shape"]


def test_a_talk_not_shared_says_so_instead_of_a_button(cast, talk):
    page = words(browser(cast, "shen").get(room_of(talk)))
    assert "资料包还没有共享" in page and "开始面谈</button>" not in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("shen", 200),
        ("lin", 200),
        ("gu", 403),
        ("he", 403),
        ("sun", 404),
        ("chen", 404),
        ("tao", 404),
        ("zhao", 404),
    ],
)
def test_what_is_said_is_for_the_two_alone(cast, talked, who, status):
    assert browser(cast, who).get(room_of(talked)).status_code == status
    assert browser(cast, who).get(reverse("room-changes", args=[talked.pk])).status_code == status


def test_both_rooms_show_the_same_topic_each_with_its_own_boxes(cast, talked):
    topic = ecn(talked)
    manager = words(browser(cast, "shen").get(f"{room_of(talked)}?topic={topic.pk}"))
    employee = words(browser(cast, "lin").get(room_of(talked)))
    for text in ("2 月到 5 月有 4 份 ECN 超期", "会签平均要等 6 天", "每周五更新 ECN 台账并通报超期"):
        assert text in manager and text in employee
    assert 'name="issue"' in manager and 'name="words"' not in manager
    assert 'name="words"' in employee and 'name="issue"' not in employee


def test_r12_the_employees_words_are_hers_alone(cast, talked):
    topic = ecn(talked)
    url = reverse("room-text", args=[talked.pk, topic.pk, "words"])
    refused = browser(cast, "shen").post(url, {"words": "我替她写"}, headers=FETCH)
    assert refused.status_code == 403 and "只有员工本人能写" in refused.json()["error"]
    version = topic.versions["words"]
    saved = browser(cast, "lin").post(url, {"words": "我补一句", "version": version}, headers=FETCH)
    assert saved.json() == {"version": version + 1, "saved_at": "14:22:00"}
    topic.refresh_from_db()
    assert topic.words == "我补一句"


def test_a_text_saved_in_between_comes_back_beside_ones_own(cast, talked):
    topic = ecn(talked)
    url = reverse("room-text", args=[talked.pk, topic.pk, "issue"])
    client = browser(cast, "shen")
    seen = topic.versions["issue"]
    client.post(url, {"issue": "第一个窗口", "version": seen}, headers=FETCH)
    stale = client.post(url, {"issue": "第二个窗口", "version": seen}, headers=FETCH)
    assert stale.status_code == 412
    assert stale.json() == {
        "version": seen + 1,
        "values": {"issue": "第一个窗口"},
        "changed_by": "沈立文",
        "changed_at": "14:22",
    }
    topic.refresh_from_db()
    assert topic.issue == "第一个窗口"


def test_texts_too_long_or_unknown_are_refused_in_words(cast, talked):
    client, topic = browser(cast, "shen"), ecn(talked)
    long = client.post(
        reverse("room-text", args=[talked.pk, topic.pk, "title"]), {"title": "长" * 200}, headers=FETCH
    )
    assert long.status_code == 422 and "最多 128 个字" in long.json()["errors"]["title"][0]
    unknown = reverse("room-text", args=[talked.pk, topic.pk, "state"])
    assert client.post(unknown, {"state": "removed"}, headers=FETCH).status_code == 422


def test_texts_of_the_whole_talk_and_the_way_without_a_script(cast, talked):
    url = reverse("room-talk-text", args=[talked.pk, "silence_note"])
    assert browser(cast, "shen").post(url, {"silence_note": "想先听完再写"}).status_code == 303
    talked.refresh_from_db()
    assert talked.silence_note == "想先听完再写"
    assert browser(cast, "lin").post(url, {"silence_note": "没有人"}, headers=FETCH).status_code == 403


def test_others_present_are_named_with_their_role_and_both_sides_see_it(cast, talked):
    add, shen, lin = reverse("room-other-new", args=[talked.pk]), browser(cast, "shen"), browser(cast, "lin")
    assert shen.post(add, {"name": cast.gu.staff_number, "role": "hr"}).status_code == 302
    assert shen.post(add, {"name": "方译员", "role": "support"}).status_code == 302
    talked.refresh_from_db()
    assert talked.others_present == "顾清和（HR）、方译员（员工请来的人）"
    assert talked.attendees.get(role="hr").person == cast.gu
    page = lin.get(reverse("room", args=[talked.pk])).content.decode()
    assert "顾清和（HR）" in page and "方译员（员工请来的人）" in page
    guest = talked.attendees.get(role="support")
    taken_off = reverse("room-other-remove", args=[talked.pk, guest.pk])
    assert (
        lin.post(taken_off).status_code == 403
        and lin.post(add, {"name": "某人", "role": "hr"}).status_code == 403
    )
    assert shen.post(taken_off).status_code == 302
    talked.refresh_from_db()
    assert talked.others_present == "顾清和（HR）"
    assert record_text.compose(talked, 1, at(7, 16, 15))["others_present"] == "顾清和（HR）"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "", "role": "hr"}, "写在场的人的姓名或工号"),
        ({"name": "王工", "role": ""}, "选在场的人的身份"),
        ({"name": "王工", "role": "judge"}, "选在场的人的身份"),
        ({"name": "00004", "role": "hr"}, "林晓岚是面谈的一方"),
        ({"name": "沈立文", "role": "hr"}, "沈立文是面谈的一方"),
    ],
)
def test_a_wrong_name_or_role_is_said_at_its_place(cast, talked, sent, said):
    answer = browser(cast, "shen").post(reverse("room-other-new", args=[talked.pk]), sent)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not talked.attendees.exists()


def test_a_private_note_has_one_reader(cast, talked):
    url = reverse("room-note", args=[talked.pk])
    lin = browser(cast, "lin")
    assert lin.post(url, {"note": "只给自己看的话", "version": 0}, headers=FETCH).json()["version"] == 1
    assert "只给自己看的话" in words(lin.get(room_of(talked)))
    assert "只给自己看的话" not in words(browser(cast, "shen").get(room_of(talked)))
    stale = lin.post(url, {"note": "另一个窗口", "version": 0}, headers=FETCH)
    assert (stale.status_code, stale.json()["values"]) == (412, {"note": "只给自己看的话"})
    assert PrivateNote.objects.get().text == "只给自己看的话"


def test_the_poll_is_silent_until_something_is_new_then_sends_what_changed(cast, talked):
    topic, client = ecn(talked), browser(cast, "lin")
    changes = reverse("room-changes", args=[talked.pk])
    first = client.get(changes, {"since": "", "there": ""})
    assert first.status_code == 200 and 'hx-swap-oob="true"' in words(first)
    known = {"since": first["X-Room-Length"], "there": first["X-Room-There"]}
    assert client.get(changes, known).status_code == 204
    marks = {
        part.split('"')[0]: part.split('data-mark="')[1].split('"')[0]
        for part in words(first).split('<div id="')[1:]
    }
    shen = cast.actor("shen")
    room.write(topic, "direction", "新的方向", actor=shen, at=walk.TALK_AT)
    second = client.get(changes, {**known, "marks": json.dumps(marks)})
    page = words(second)
    assert "新的方向" in page and page.count("hx-swap-oob") == 1
    assert f'id="topic-{topic.pk}-shared"' in page and 'name="words"' not in page


SEAT = {"seat": "lins-phone"}


def test_the_poll_says_who_is_there_and_where(cast, talked):
    topic = ecn(talked)
    changes = reverse("room-changes", args=[talked.pk])
    browser(cast, "lin").get(changes, {"topic": topic.pk, **SEAT})
    page = words(browser(cast, "shen").get(room_of(talked)))
    assert "正在看「ECN 按期关闭」" in page


def test_the_other_side_sees_which_text_is_being_typed_and_never_what(cast, talked):
    topic = ecn(talked)
    lin, shen, url = browser(cast, "lin"), browser(cast, "shen"), reverse("room-here", args=[talked.pk])
    assert lin.post(url, {"topic": topic.pk, "field": "words", **SEAT}).status_code == 204
    assert "正在写「ECN 按期关闭」的员工的话" in words(shen.get(room_of(talked)))
    assert lin.post(url, {"paused": 1, **SEAT}).status_code == 204
    assert "正在看「ECN 按期关闭」" in words(shen.get(room_of(talked)))


def test_a_private_note_shows_nowhere_as_being_typed(cast, talked):
    browser(cast, "lin").post(reverse("room-here", args=[talked.pk]), {"field": "note", **SEAT})
    assert [row.field for row in Presence.objects.all()] == [""]
    assert "正在写「" not in words(browser(cast, "shen").get(room_of(talked)))


def test_being_there_lapses_and_leaves_no_trace_in_the_history(cast, talked):
    before = length_of(cast, talked)
    browser(cast, "lin").post(reverse("room-here", args=[talked.pk]), {"topic": ecn(talked).pk, **SEAT})
    assert length_of(cast, talked) == before
    Presence.objects.update(seen_at=timezone.now() - LASTS)
    assert "正在看" not in words(browser(cast, "shen").get(room_of(talked)))


@pytest.mark.parametrize(("who", "status"), [("he", 403), ("zhao", 404), ("sun", 404)])
def test_only_the_two_of_a_talk_are_in_its_room(cast, talked, who, status):
    url = reverse("room-here", args=[talked.pk])
    assert browser(cast, who).post(url, {"topic": ecn(talked).pk, **SEAT}).status_code == status
    assert not Presence.objects.exists()


def length_of(cast: Cast, talk: Conversation) -> int:
    return seen_in_room(cast.actor("shen"), (talk.pk,))[0].length


def grown(cast: Cast, talk: Conversation, more: int) -> None:
    for n in range(more):
        topic = preparation.add_topic(
            talk,
            "improvement",
            f"话题 {n}",
            actor=cast.actor("shen"),
            at=walk.TALK_AT,
            evidence=[walk.kpi(talk, "一次交检合格率")],
        )
        room.put_action(
            talk,
            {"what": f"行动 {n}", "owner": cast.lin},
            topic=topic,
            actor=cast.actor("shen"),
            at=walk.TALK_AT,
        )
        voice.ask(talk, f"问题 {n}", actor=cast.actor("lin"), at=walk.TALK_AT)


@pytest.mark.parametrize("more", [0, 3])
@pytest.mark.parametrize(("who", "queries"), [("shen", 12), ("lin", 12)])
def test_the_room_asks_the_database_a_fixed_number_of_times(
    cast, talked, django_assert_num_queries, who, queries, more
):
    grown(cast, talked, more)
    client = browser(cast, who)
    with django_assert_num_queries(queries):
        assert client.get(room_of(talked)).status_code == 200


@pytest.mark.parametrize("more", [0, 3])
def test_a_silent_poll_costs_next_to_nothing(cast, talked, django_assert_num_queries, more):
    grown(cast, talked, more)
    client, url = browser(cast, "lin"), reverse("room-changes", args=[talked.pk])
    first = client.get(url)
    known = {"since": first["X-Room-Length"], "there": first["X-Room-There"]}
    # Session, person and duties make the actor; the talk with the length of its history; where the other one is.
    with django_assert_num_queries(4):
        assert client.get(url, known).status_code == 204


def test_causes_and_consensus_are_chosen_with_and_without_a_script(cast, talked):
    topic, client = ecn(talked), browser(cast, "shen")
    url = reverse("room-choose", args=[talked.pk, topic.pk])
    answer = client.post(url, {"choosing": "causes", "causes": ["goals"], "topic": topic.pk}, headers=HTMX)
    assert answer.status_code == 200 and answer["HX-Reswap"] == "none" and "目标不清" in words(answer)
    assert client.post(url, {"consensus": "reserved"}).status_code == 302
    topic.refresh_from_db()
    assert (topic.causes, topic.consensus) == (["goals"], "reserved")
    page = words(client.get(f"{room_of(talked)}?topic={topic.pk}"))
    assert 'name="manager_statement"' in page
    assert browser(cast, "lin").post(url, {"consensus": "agreed"}).status_code == 403
    wrong = client.post(url, {"support_due_on": "下周"}, headers=HTMX)
    assert wrong.status_code == 422 and "日期写成" in words(wrong)


def test_a_choice_made_on_an_old_screen_overwrites_nothing_and_names_both(cast, talked):
    topic, client = ecn(talked), browser(cast, "shen")
    url = reverse("room-choose", args=[talked.pk, topic.pk])
    page = words(client.get(f"{room_of(talked)}?topic={topic.pk}"))
    shown = topic.versions.get("consensus", 0)
    assert f'name="version" value="{shown}"' in page
    assert client.post(url, {"consensus": "partial", "version": shown}, headers=HTMX).status_code == 200
    late = client.post(url, {"consensus": "reserved", "version": shown, "topic": topic.pk}, headers=HTMX)
    topic.refresh_from_db()
    assert late.status_code == 412 and topic.consensus == "partial"
    assert "现在是 部分共识，你选的是 保留异议" in words(late)
    assert f'name="version" value="{shown + 1}"' in words(late)
    same = client.post(url, {"consensus": "partial", "version": shown}, headers=HTMX)
    assert same.status_code == 200, "who chooses what already stands there quarrels with nobody"
    again = {"consensus": "reserved", "version": shown + 1}
    assert client.post(url, again, headers=HTMX).status_code == 200
    causes = {"choosing": "causes", "causes": ["goals", "skills"], "version": "old"}
    unread = client.post(url, causes, headers=HTMX)
    assert unread.status_code == 412 and "你选的是 目标不清、能力待提升" in words(unread)
    topic.refresh_from_db()
    assert (topic.consensus, topic.causes) == ("reserved", ["process", "skills"])


def test_r10_a_highlight_comes_first_or_a_reason(cast, begun):
    client = browser(cast, "shen")
    topic = preparation.add_topic(begun, "improvement", "ECN", actor=cast.actor("shen"), at=walk.TALK_AT)
    gated = words(client.get(f"{room_of(begun)}?topic={topic.pk}"))
    assert "先肯定一件具体的事" in gated and 'name="issue"' not in gated
    early = client.post(
        reverse("room-choose", args=[begun.pk, topic.pk]), {"consensus": "agreed"}, headers=HTMX
    )
    assert early.status_code == 422 and "有证据的亮点" in words(early)
    skip = reverse("room-skip-highlights", args=[begun.pk])
    assert client.post(skip, {"reason": " "}).status_code == 422
    assert client.post(skip, {"reason": "入职两周"}).status_code == 302
    assert 'name="issue"' in words(client.get(f"{room_of(begun)}?topic={topic.pk}"))


def test_r11_a_fact_is_added_on_the_spot_or_refused_with_the_words_kept(cast, talked):
    topic, client = ecn(talked), browser(cast, "lin")
    url = reverse("room-facts", args=[talked.pk, topic.pk])
    given = {"kind": "note", "occurred_on": "2025-03-08", "statement": "旧版指导书", "source": "邮件"}
    refused = client.post(url, given, headers=HTMX)
    assert refused.status_code == 422
    assert "不在本周期内" in words(refused) and "旧版指导书" in words(refused)
    assert client.post(url, {**given, "occurred_on": "2026-03-08"}).status_code == 302
    assert topic.evidence.filter(statement="旧版指导书", added_by=cast.lin).exists()


def test_facts_are_cited_and_untied_and_only_ones_own_cycle_counts(cast, talked):
    topic, client = ecn(talked), browser(cast, "shen")
    url = reverse("room-cite", args=[talked.pk, topic.pk])
    fact = Evidence.objects.get(statement__startswith="ECN-2207")
    assert client.post(url, {"evidence": fact.pk}).status_code == 302
    assert topic.evidence.filter(pk=fact.pk).exists()
    assert client.post(url, {"evidence": fact.pk, "remove": "1"}).status_code == 302
    assert not topic.evidence.filter(pk=fact.pk).exists()
    old = Evidence.objects.get(statement="去年的一次盘点差异")
    assert client.post(url, {"evidence": old.pk}, headers=HTMX).status_code == 422
    somebody_else = Evidence.objects.get(name="销售额")
    assert client.post(url, {"evidence": somebody_else.pk}).status_code == 404
    assert client.get(reverse("room-fact", args=[talked.pk, somebody_else.pk])).status_code == 404
    assert "ECN-2207" in words(client.get(reverse("room-fact", args=[talked.pk, fact.pk]), headers=HTMX))


def test_r20_an_action_comes_from_its_topic_with_nothing_typed_twice(cast, talked):
    topic, client = ecn(talked), browser(cast, "shen")
    topic.items.filter(kind="action").delete()
    new = reverse("room-action-new", args=[talked.pk]) + f"?from={topic.pk}"
    assert topic.direction in words(client.get(new, headers=HTMX))
    empty = client.post(new, {"what": "", "criterion": "四周按时"}, headers=HTMX)
    assert empty.status_code == 422 and "写下要做什么" in words(empty) and "四周按时" in words(empty)
    past = client.post(new, {"what": "补课", "due_on": "2026-07-01"}, headers=HTMX)
    assert past.status_code == 422 and "已经过去" in words(past)
    given = {"what": "更新台账", "owner": cast.lin.pk, "due_on": "2026-09-30", "criterion": "四周按时"}
    assert client.post(new, given).status_code == 302
    item = topic.items.get(kind="action")
    assert (item.what, item.owner, item.due_on) == ("更新台账", cast.lin, date(2026, 9, 30))
    edit = reverse("room-action", args=[talked.pk, item.pk])
    assert client.post(edit, {**given, "what": "每周更新台账"}, headers=HTMX).status_code == 200
    item.refresh_from_db()
    assert item.what == "每周更新台账"
    outsider = client.post(new, {**given, "owner": cast.sun.pk}, headers=HTMX)
    assert outsider.status_code == 422
    gone = client.post(reverse("room-action-remove", args=[talked.pk, item.pk]), headers=HTMX)
    assert gone.status_code == 200 and not PlanItem.objects.filter(pk=item.pk).exists()


def test_actions_are_the_managers_and_of_this_plan(cast, cycle, talked):
    item = talked.plan.items.get(kind="action")
    other = Conversation.objects.get(review__employee=cast.chen, kind="main")
    assert browser(cast, "shen").get(reverse("room-action", args=[other.pk, item.pk])).status_code == 404
    assert browser(cast, "lin").get(reverse("room-action", args=[talked.pk, item.pk])).status_code == 403
    removing = reverse("room-action-remove", args=[talked.pk, item.pk])
    assert browser(cast, "lin").post(removing).status_code == 403


def test_r01_no_action_needs_a_reason(cast, begun):
    client, url = browser(cast, "shen"), reverse("room-no-action", args=[begun.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "目标都达到了"}).status_code == 302
    begun.plan.refresh_from_db()
    assert begun.plan.no_action_reason == "目标都达到了"


def test_r12_each_question_ends_answered_parked_or_declined(cast, talked):
    lin, client = cast.actor("lin"), browser(cast, "shen")
    asked = browser(cast, "lin").post(reverse("room-ask", args=[talked.pk]), {"text": "哪一步可以升级？"})
    assert asked.status_code == 302
    questions = [talked.questions.get()]
    questions += [voice.ask(talked, f"问题 {n}", actor=lin, at=walk.TALK_AT) for n in range(2)]
    urls = [reverse("room-question", args=[talked.pk, q.pk]) for q in questions]
    assert client.post(urls[0], {"way": "answer", "text": ""}).status_code == 422
    kept = client.post(urls[1], {"way": "park", "text": "等预算", "parked_until": "2026-07-01"})
    assert kept.status_code == 422 and "等预算" in words(kept)
    client.post(urls[0], {"way": "answer", "text": "满 2 天由我升级"})
    client.post(urls[1], {"way": "park", "text": "等预算", "parked_until": "2026-08-10"})
    client.post(urls[2], {"way": "decline", "text": "涉及他人"})
    states = [q.state for q in talked.questions.order_by("pk")]
    assert states == ["answered", "parked", "declined"]
    assert "满 2 天由我升级" in words(browser(cast, "lin").get(room_of(talked)))
    assert browser(cast, "lin").post(urls[1], {"way": "answer", "text": "自答"}).status_code in (403, 422)
    other = Conversation.objects.get(review__employee=cast.chen, kind="main")
    assert client.get(reverse("room-question", args=[other.pk, questions[0].pk])).status_code == 404


def test_r16_the_clock_is_entered_paused_borrowed_and_the_employees_part_is_not_cut(cast, talked):
    client, url = browser(cast, "shen"), reverse("room-clock", args=[talked.pk])
    before = {s.key: s.minutes for s in talked.sections.all()}
    client.post(url, {"enter": "improvements"})
    client.post(url, {"borrow": "improvements"})
    after = {s.key: s.minutes for s in talked.sections.all()}
    assert after["improvements"] == before["improvements"] + 3 and after["support"] == before["support"]
    client.post(url, {"pause": "1"})
    assert not talked.sections.filter(running_since__isnull=False).exists()
    assert "时间停着" in words(client.get(room_of(talked)))
    assert browser(cast, "lin").post(url, {"enter": "plan"}).status_code == 403


def test_r16_a_topic_is_carried_over_with_a_date_and_can_come_back(cast, talked):
    topic, client = ecn(talked), browser(cast, "shen")
    carry = reverse("room-carry", args=[talked.pk, topic.pk])
    client.post(carry)
    assert "留到后续面谈" in words(client.get(room_of(talked)))
    follow_up = reverse("room-follow-up", args=[talked.pk])
    early = client.post(follow_up, {"follow_up_at": "2026-07-01T10:00"})
    assert early.status_code == 422 and "今天之后" in words(early)
    client.post(follow_up, {"follow_up_at": "2026-07-23T10:00"})
    talked.refresh_from_db()
    assert talked.follow_up_at == at(7, 23, 10)
    client.post(carry, {"back": "1"})
    topic.refresh_from_db()
    assert topic.state == "active"


def test_a_topic_is_added_by_either_side_and_taken_off_with_a_reason(cast, talked):
    new = reverse("room-topic-new", args=[talked.pk])
    assert browser(cast, "lin").post(new, {"kind": "growth", "title": ""}).status_code == 422
    browser(cast, "lin").post(new, {"kind": "growth", "title": "六西格玛绿带"})
    topic = talked.topics.get(kind="growth")
    off = reverse("room-topic-remove", args=[talked.pk, topic.pk])
    client = browser(cast, "shen")
    assert client.post(off, {"reason": ""}).status_code == 422
    assert client.post(off, {"reason": "员工改主意"}).status_code == 302
    topic.refresh_from_db()
    assert topic.state == "removed"


def test_completing_lists_everything_missing_with_links_then_freezes_the_record(cast, talked):
    client, url = browser(cast, "shen"), reverse("room-complete", args=[talked.pk])
    question = voice.ask(talked, "哪一步可以升级？", actor=cast.actor("lin"), at=walk.TALK_AT)
    growth = preparation.add_topic(talked, "growth", "绿带", actor=cast.actor("lin"), at=walk.TALK_AT)
    page = words(client.get(url))
    assert "还差 3 处" in page
    assert f"?topic={growth.pk}#topic-{growth.pk}" in page
    assert reverse("room-question", args=[talked.pk, question.pk]) in page
    early = client.post(url)
    assert early.status_code == 422 and "还差 3 处" in words(early)
    room.carry_over(growth, actor=cast.actor("shen"), at=walk.TALK_AT)
    room.set_follow_up(talked, at(7, 23, 10), actor=cast.actor("shen"), at=walk.TALK_AT)
    voice.answer(question, "满 2 天", actor=cast.actor("shen"), at=walk.TALK_AT)
    assert "都齐了" in words(client.get(url))
    assert browser(cast, "lin").post(url).status_code == 403
    assert client.post(url).url == reverse("record", args=[talked.pk])
    talked.refresh_from_db()
    assert talked.state == "recorded"
    assert client.get(room_of(talked)).url == reverse("record", args=[talked.pk])


def test_support_prepared_before_the_talk_is_a_promise_from_its_beginning(cast, shared):
    shen = cast.actor("shen")
    topic = preparation.add_topic(shared, "improvement", "ECN", actor=shen, at=at(7, 8))
    room.write(topic, "support", "约定会签时限", actor=shen, at=at(7, 8))
    room.write(topic, "support_criterion", "会议纪要", actor=shen, at=at(7, 8))
    room.choose(topic, support_due_on=date(2026, 7, 24), actor=shen, at=at(7, 8))
    assert not shared.plan.items.exists()
    walk.begin(cast, shared)
    promise = shared.plan.items.get()
    assert (promise.kind, promise.owner, promise.what) == ("support", cast.shen, "约定会签时限")
    assert topic.items.get() == promise


def test_overrun_is_said_calmly(cast, begun, settings):
    settings.HUITAN_SCRIPTED_NOW = (walk.TALK_AT + timedelta(minutes=15)).isoformat()
    page = words(browser(cast, "shen").get(room_of(begun)))
    assert "多用了 <span data-over-minutes>3</span> 分" in page


def test_hostile_words_stay_words(cast, talked):
    topic = ecn(talked)
    shen, lin = cast.actor("shen"), cast.actor("lin")
    room.write(topic, "issue", HOSTILE, actor=shen, at=walk.TALK_AT)
    room.write(topic, "words", HOSTILE, actor=lin, at=walk.TALK_AT)
    room.write(topic, "title", HOSTILE, actor=shen, at=walk.TALK_AT)
    voice.ask(talked, HOSTILE, actor=lin, at=walk.TALK_AT)
    for who in ("shen", "lin"):
        page = words(browser(cast, who).get(f"{room_of(talked)}?topic={topic.pk}"))
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page
