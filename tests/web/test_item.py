"""One item from its evidence to its acceptance (R19, R22), files, check-ins, and the end of the conversation (R03)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests import walk
from tests.cast import SYSTEM, at
from tests.reading import main_of

from huitan.conversations.actions import supporting
from huitan.conversations.actions.handing_on import hand_on
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Employee
from huitan.plans import actions as plans
from huitan.plans.models import CheckIn, DateChange, ItemFile, Progress

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def signed(cast, talk, client, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    walk.to_signed(cast, talk)
    return talk


@pytest.fixture
def action(signed):
    return signed.plan.items.get(kind="action")


def test_the_thread_from_evidence_to_acceptance(cast, signed, action, as_) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    plans.update_progress(action, 60, "两周按时", actor=lin, at=at(8, 1))
    plans.submit(action, "四周台账", actor=lin, at=at(8, 20))
    plans.send_back(action, "还缺第 34 周", actor=shen, at=at(8, 21))
    change = plans.request_date(action, date(2026, 10, 15), "国庆停线", actor=lin, at=at(8, 22))
    plans.consent(change, actor=shen, at=at(8, 23))
    walk.check_in(cast, signed.plan.check_ins.first(), "会签降到 3 天", when=at(8, 24))
    plans.submit(action, "四周齐了", actor=lin, at=at(9, 1))
    plans.accept(action, "看过台账", actor=shen, at=at(9, 2))
    page = main_of(as_("lin").get(reverse("item", args=[action.pk])))
    order = [
        "通过了验收", "看过台账", "四周齐了", "会签降到 3 天", "同意改期到 10 月 15 日 周四",
        "9 月 30 日 周三 → 10 月 15 日 周四",
        "国庆停线", "还缺第 34 周", "更新到 60%", "两周按时", "双方签字，计划生效",
    ]  # fmt: skip
    history = page[page.index("item-timeline") :]
    places = [history.index(words) for words in order]
    assert places == sorted(places)
    for words in ("ECN 按期关闭率", "达成共识", "流程不合理", "会签满 2 个工作日", "会签平均要等 6 天"):
        assert words in page
    assert "<form" not in page


def test_progress_in_two_taps_and_a_sentence(action, as_) -> None:
    client = as_("lin")
    page = main_of(client.get(reverse("item", args=[action.pk])))
    assert 'name="percent" value="50"' in page
    answer = client.post(
        reverse("item-progress", args=[action.pk]), {"percent": "50", "note": "前两周按时"}, follow=True
    )
    assert "更新到 50%" in answer.content.decode()
    action.refresh_from_db()
    assert (action.progress, action.latest_note) == (50, "前两周按时")


@pytest.mark.parametrize("percent", ["", "101", "-1", "x"])
def test_a_percentage_off_the_scale_keeps_the_sentence(action, as_, percent) -> None:
    answer = as_("lin").post(
        reverse("item-progress", args=[action.pk]), {"percent": percent, "note": "卡在会签"}
    )
    assert answer.status_code == 422
    assert "卡在会签" in main_of(answer)
    assert not Progress.objects.exists()


def test_r22_submitted_with_evidence_and_accepted_by_the_other_side(action, as_) -> None:
    empty = as_("lin").post(reverse("item-submit", args=[action.pk]), {"submitted_evidence": ""})
    assert empty.status_code == 422
    assert "提交验收要有依据" in main_of(empty)
    as_("lin").post(reverse("item-submit", args=[action.pk]), {"submitted_evidence": "第 30 到 33 周台账"})
    own = as_("lin").post(reverse("item-accept", args=[action.pk]), {})
    assert own.status_code == 403
    assert "负责人不能验收自己的事项" in own.content.decode()
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    assert "第 30 到 33 周台账" in page
    assert "验收通过" in page
    as_("shen").post(reverse("item-accept", args=[action.pk]), {"acceptance_note": "看过台账"})
    action.refresh_from_db()
    assert (action.state, action.acceptance_note) == ("accepted", "看过台账")


def test_r22_returning_asks_for_a_reason(action, as_) -> None:
    as_("lin").post(reverse("item-submit", args=[action.pk]), {"submitted_evidence": "台账"})
    bare = as_("shen").post(reverse("item-return", args=[action.pk]), {"return_reason": "  "})
    assert bare.status_code == 422
    assert "退回要写明还差什么" in main_of(bare)
    as_("shen").post(reverse("item-return", args=[action.pk]), {"return_reason": "还差第 34 周"})
    page = main_of(as_("lin").get(reverse("item", args=[action.pk])))
    assert "补上还差的，再提交一次" in page
    assert "还差第 34 周" in page


def test_a_step_that_came_too_late_keeps_the_words(action, as_, cast) -> None:
    plans.submit(action, "台账", actor=cast.actor("lin"), at=at(7, 19))
    plans.accept(action, actor=cast.actor("shen"), at=at(7, 19))
    answer = as_("shen").post(reverse("item-return", args=[action.pk]), {"return_reason": "等等，还差一周"})
    assert answer.status_code == 409
    assert "当前状态是「已验收」" in main_of(answer)
    assert "等等，还差一周" in main_of(answer)


def test_the_address_a_refused_form_leaves_behind_leads_back_to_its_page(action, as_) -> None:
    change = reverse("item-date-answer", args=[action.pk, 5])
    for address in (reverse("item-return", args=[action.pk]), change):
        answer = as_("shen").get(address)
        assert answer.status_code == 405 and answer["Allow"] == "POST"
        page = answer.content.decode()
        assert f'href="{reverse("item", args=[action.pk])}">看最新的</a>' in page
    assert as_("shen").put(change).status_code == 405
    assert (
        f'href="{reverse("ledger-views")}"'
        in as_("shen").get(reverse("ledger-view", args=[3])).content.decode()
    )


def test_r22_what_is_handed_in_is_accepted_before_its_date_is_talked_about(cast, action, as_) -> None:
    lin = cast.actor("lin")
    plans.request_date(action, date(2026, 10, 15), "国庆停线", actor=lin, at=at(7, 19))
    url = reverse("item", args=[action.pk])
    assert "想改到10 月 15 日 周四，等你答复" in main_of(as_("shen").get(url))
    plans.submit(action, "台账", actor=lin, at=at(7, 19))
    page = main_of(as_("shen").get(url))
    assert "对着验收标准看依据，验收或退回" in page and "同意改期" not in page
    assert "还申请过改到10 月 15 日 周四。先验收" in page
    plans.send_back(action, "还缺两周", actor=cast.actor("shen"), at=at(7, 19))
    assert "同意改期" in main_of(as_("shen").get(url))


def test_s7_words_of_a_manager_who_handed_over_meanwhile_come_back(cast, action, as_) -> None:
    plans.submit(action, "台账", actor=cast.actor("lin"), at=at(7, 19))
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")],
        actor=SYSTEM,
        at=at(7, 19),
    )
    answer = as_("shen").post(reverse("item-return", args=[action.pk]), {"return_reason": "还差第三周的截图"})
    assert answer.status_code == 403
    assert "由另一方验收或退回" in main_of(answer) and "还差第三周的截图" in main_of(answer)
    action.refresh_from_db()
    assert action.state == "submitted"


def test_the_history_says_which_check_in_was_missed_and_who_the_managers_are(cast, signed, as_) -> None:
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")],
        actor=SYSTEM,
        at=at(7, 19),
    )
    assert hand_on(actor=SYSTEM, at=at(7, 19)) == 1
    assert plans.miss_check_ins(actor=SYSTEM, at=at(9, 10)) == 1
    page = main_of(as_("lin").get(reverse("item", args=[signed.plan.items.get(kind="support").pk])))
    assert "换了直接上级：沈立文 → 陈思远" in page
    assert "错过了 8 月 17 日 周一的跟进" in page


def test_s7_whoever_handed_over_reads_so_and_strangers_the_plain_404(cast, signed, action, as_) -> None:
    plain = main_of(as_("sun").get(reverse("item", args=[99_999])))
    check_in = signed.plan.check_ins.first()
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00006")],
        actor=SYSTEM,
        at=at(7, 1),
    )
    for address in (reverse("item", args=[action.pk]), reverse("check-in", args=[check_in.pk])):
        mine = as_("shen").get(address)
        assert mine.status_code == 404 and "已经交给现在的直接上级" in main_of(mine)
        assert action.what not in mine.content.decode() and "林晓岚" not in mine.content.decode()
        assert main_of(as_("sun").get(address)) == plain
    assert main_of(as_("shen").get(reverse("item", args=[99_999]))) == plain
    assert as_("qian").get(reverse("item", args=[action.pk])).status_code == 200


def test_s7_a_talk_handed_on_before_it_began_says_so_to_whom_it_was(cast, talk, as_) -> None:
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00006")],
        actor=SYSTEM,
        at=at(7, 1),
    )
    hand_on(actor=SYSTEM, at=at(7, 2))
    address = reverse("talk", args=[talk.pk])
    assert "已经交给现在的直接上级" in main_of(as_("shen").get(address))
    assert "没有找到这一页" in main_of(as_("sun").get(address))


def test_s7_an_item_says_who_left_and_whose_it_is_now(cast, signed, action, as_) -> None:
    Employee.objects.filter(pk=cast.shen.pk).update(status="left")
    promise = signed.plan.items.get(kind="support")
    plans.submit(action, "台账", actor=cast.actor("lin"), at=at(7, 19))
    page = main_of(as_("lin").get(reverse("item", args=[action.pk])))
    assert "沈立文已经离职，还没有新的直接上级" in page and "等新的直接上级验收" in page
    Employee.objects.filter(pk=cast.lin.pk).update(manager=cast.chen)
    page = main_of(as_("lin").get(reverse("item", args=[promise.pk])))
    assert "沈立文已经离职，现在找陈思远。" in page and "由沈立文推进" not in page
    assert "沈立文已经离职，现在由你接手。" in main_of(as_("chen").get(reverse("item", args=[promise.pk])))
    assert "离职" not in main_of(as_("lin").get(reverse("item", args=[action.pk])))


def test_a_percentage_left_as_an_older_page_showed_it_takes_nothing_back(action, as_) -> None:
    """Two tabs: 75% in one; then a sentence in the other, where 50% still stands."""
    url = reverse("item-progress", args=[action.pk])
    as_("lin").post(url, {"percent": "60", "was": "0"})
    as_("lin").post(url, {"percent": "75", "was": "60"})
    told = as_("lin").post(url, {"percent": "60", "was": "60", "note": "会签都回了"}, follow=True)
    action.refresh_from_db()
    assert (action.progress, action.latest_note) == (75, "会签都回了")
    assert "更新到 75%" in told.content.decode()
    as_("lin").post(url, {"percent": "50", "was": "75"})
    action.refresh_from_db()
    assert action.progress == 50, "chosen here, so it is meant"


def test_r22_a_due_date_moves_only_with_consent_and_both_dates_stay(action, as_) -> None:
    past = as_("lin").post(reverse("item-date", args=[action.pk]), {"to_on": "2026-07-20", "reason": "停线"})
    assert past.status_code == 422
    assert "新的日期要在今天之后" in main_of(past)
    assert "停线" in main_of(past)
    same = as_("lin").post(reverse("item-date", args=[action.pk]), {"to_on": "2026-09-30", "reason": "停线"})
    assert "改到哪一天：这就是现在的截止日期，选另一天。" in main_of(same)
    as_("lin").post(reverse("item-date", args=[action.pk]), {"to_on": "2026-10-15", "reason": "国庆停线"})
    action.refresh_from_db()
    assert action.due_on == date(2026, 9, 30)
    change = DateChange.objects.get()
    url = reverse("item-date-answer", args=[action.pk, change.pk])
    assert as_("lin").post(url, {"consent": "1"}).status_code == 403
    page = main_of(as_("shen").get(reverse("item", args=[action.pk])))
    assert "林晓岚想改到10 月 15 日 周四，等你答复" in page
    bare = as_("shen").post(url, {"decline": "1", "reply": ""})
    assert bare.status_code == 422
    assert "不同意改期时写明原因" in main_of(bare)
    as_("shen").post(url, {"consent": "1"})
    action.refresh_from_db()
    change.refresh_from_db()
    assert (action.due_on, change.from_on, change.state) == (
        date(2026, 10, 15),
        date(2026, 9, 30),
        "consented",
    )


def test_a_declined_date_says_why(action, as_, cast) -> None:
    change = plans.request_date(action, date(2026, 10, 15), "停线", actor=cast.actor("lin"), at=at(7, 18))
    as_("shen").post(
        reverse("item-date-answer", args=[action.pk, change.pk]), {"decline": "1", "reply": "九月还有两周"}
    )
    page = main_of(as_("lin").get(reverse("item", args=[action.pk])))
    assert "九月还有两周" in page
    assert "申请改期" in page


def test_the_day_begins_where_the_people_are(action, as_, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-21T07:00:00+08:00"
    answer = as_("lin").post(
        reverse("item-date", args=[action.pk]), {"to_on": "2026-07-21", "reason": "停线"}
    )
    assert answer.status_code == 422


def test_dropping_leaves_the_reason(action, as_) -> None:
    assert (
        as_("lin").post(reverse("item-drop", args=[action.pk]), {"drop_reason": "不做了"}).status_code == 403
    )
    assert as_("shen").post(reverse("item-drop", args=[action.pk]), {"drop_reason": ""}).status_code == 422
    as_("shen").post(reverse("item-drop", args=[action.pk]), {"drop_reason": "ECN 改由系统自动提醒"})
    assert "ECN 改由系统自动提醒" in main_of(as_("lin").get(reverse("item", args=[action.pk])))


def test_a_file_is_handed_in_and_only_downloaded_by_those_who_see_the_item(action, as_) -> None:
    upload = SimpleUploadedFile("../../台账 <b>.pdf", PDF, content_type="text/html")
    as_("lin").post(reverse("item-file", args=[action.pk]), {"file": upload})
    kept = ItemFile.objects.get()
    url = reverse("item-download", args=[action.pk, kept.pk])
    for who, status in (("lin", 200), ("shen", 200), ("zhao", 200), ("gu", 200), ("chen", 404), ("sun", 404)):
        answer = as_(who).get(url)
        assert answer.status_code == status
        if status == 200:
            assert answer["Content-Disposition"].startswith("attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Type"] == "application/octet-stream"
            assert b"".join(answer.streaming_content) == PDF
    assert "<b>.pdf" not in main_of(as_("shen").get(reverse("item", args=[action.pk])))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.html", b"<script>alert(1)</script>", "不是可收的类型"),
        ("fake.pdf", b"<html></html>", "内容和扩展名对不上"),
        ("run.exe", b"MZ\x90\x00", "不是可收的类型"),
        ("notes.txt", b"a\x00b", "内容和扩展名对不上"),
        ("empty.pdf", b"", "空文件"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(action, as_, name, content, said) -> None:
    answer = as_("lin").post(
        reverse("item-file", args=[action.pk]), {"file": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 422
    assert said in main_of(answer)
    assert not ItemFile.objects.exists()


def test_a_file_too_large_is_refused_before_it_is_read(action, as_, monkeypatch) -> None:
    monkeypatch.setattr("huitan.core.files.MAX_BYTES", 10)
    answer = as_("lin").post(
        reverse("item-file", args=[action.pk]), {"file": SimpleUploadedFile("a.pdf", PDF)}
    )
    assert answer.status_code == 422
    assert "「a.pdf」超过 20 MB" in main_of(answer)


def test_a_file_of_another_item_is_not_found_here(cast, signed, action, as_) -> None:
    promise = signed.plan.items.get(kind="support")
    kept = plans.attach(promise, "纪要.pdf", PDF, actor=cast.actor("shen"), at=at(7, 19))
    assert as_("lin").get(reverse("item-download", args=[action.pk, kept.pk])).status_code == 404


@pytest.mark.parametrize(
    "name", ["item-progress", "item-submit", "item-accept", "item-return", "item-drop", "item-date"]
)
@pytest.mark.parametrize(
    ("who", "status"), [("chen", 404), ("sun", 404), ("zhao", 403), ("gu", 403), ("tao", 403)]
)
def test_others_do_nothing(action, as_, name, who, status) -> None:
    sent = {
        "percent": "50", "submitted_evidence": "x", "return_reason": "x", "drop_reason": "x", "to_on": "2026-12-01",
        "reason": "x",
    }  # fmt: skip
    assert as_(who).post(reverse(name, args=[action.pk]), sent).status_code == status


def test_who_only_owns_an_item_does_not_read_the_talk(cast, talk, client, settings, as_) -> None:
    from datetime import timedelta

    from huitan.conversations.actions import room

    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    fields = {"what": "批准平板采购", "owner": cast.qian, "due_on": date(2026, 9, 1), "criterion": "到货"}
    item = room.put_action(talk, fields, topic=topic, actor=cast.actor("shen"), at=walk.TALK_AT)
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    walk.sign(cast, talk, "lin", when=walk.DONE_AT + timedelta(minutes=9))
    page = main_of(as_("qian").get(reverse("item", args=[item.pk])))
    assert "批准平板采购" in page
    for secret in ("ECN", "会签", "达成共识", "流程不合理"):
        assert secret not in page
    assert "看不到谈话内容" in page


def test_the_panel_beside_the_ledger_is_a_piece_of_the_page(action, as_) -> None:
    url = reverse("item", args=[action.pk]) + "?panel=1"
    piece = as_("shen").get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert "item-panel" in piece
    assert "<html" in as_("shen").get(url).content.decode()


def test_hostile_words_stay_words(action, as_) -> None:
    as_("lin").post(
        reverse("item-progress", args=[action.pk]), {"percent": "10", "note": "<script>alert(1)</script>"}
    )
    assert "<script>alert(1)" not in as_("shen").get(reverse("item", args=[action.pk])).content.decode()


def test_r03_the_manager_states_the_outcome_and_ends_the_conversation(cast, signed, action, as_) -> None:
    url = reverse("talk-close", args=[signed.pk])
    open_items = as_("shen").post(url, {"outcome": "met", "outcome_reason": "都做到了"})
    assert open_items.status_code == 422
    assert "还没有验收" in main_of(open_items)
    assert "都做到了" in main_of(open_items)
    promise = signed.plan.items.get(kind="support")
    fates = {f"fate_{action.pk}": "on", f"fate_{promise.pk}": "on"}
    no_reason = as_("shen").post(url, {"outcome": "not_met", **fates})
    assert no_reason.status_code == 422
    assert "没有全部达到时，写明原因" in main_of(no_reason)
    done = as_("shen").post(
        url, {"outcome": "extended", "outcome_reason": "系统升级推迟", **fates}, follow=True
    )
    assert "这次面谈已经结束" in main_of(done)
    signed.refresh_from_db()
    assert signed.state == "closed"
    # What an extended plan leaves unsettled goes on, and is followed up.
    assert set(CheckIn.objects.values_list("state", flat=True)) == {"planned"}
    lin, shen = cast.actor("lin"), cast.actor("shen")
    plans.submit(action, "台账", actor=lin, at=at(7, 21))
    plans.accept(action, actor=shen, at=at(7, 22))
    assert CheckIn.objects.filter(state="planned").exists()
    plans.drop(signed.plan.items.get(kind="support"), "不再需要", actor=lin, at=at(7, 22))
    assert set(CheckIn.objects.values_list("state", flat=True)) == {"cancelled"}


def test_r20_ending_a_plan_asks_about_every_item_that_is_not_settled(cast, signed, action, as_) -> None:
    url, promise = reverse("talk-close", args=[signed.pk]), signed.plan.items.get(kind="support")
    shown = main_of(as_("shen").get(url))
    assert f'name="fate_{action.pk}" value="drop"' in shown.replace("\n", "")
    # One's own promise may go on; only the other side lets it go.
    assert f'value="drop" id="id_fate_{promise.pk}' not in shown and "自己的承诺不能自己取消" in shown
    sent = {"outcome": "not_met", "outcome_reason": "夹具没到", f"fate_{action.pk}": "drop"}
    half = as_("shen").post(url, sent)
    assert half.status_code == 422
    assert "取消一项要写明原因" in main_of(half) and f"{promise.ref} 还没有了结" in main_of(half)
    assert "夹具没到" in main_of(half)
    forged = as_("shen").post(url, {**sent, f"why_{action.pk}": "改由系统做", f"fate_{promise.pk}": "drop"})
    assert forged.status_code == 422
    action.refresh_from_db()
    assert action.state == "active"
    sent = {**sent, f"why_{action.pk}": "改由系统做", f"fate_{promise.pk}": "on"}
    assert as_("shen").post(url, sent).status_code == 302
    again = as_("shen").post(url, {**sent, "outcome_reason": "另一个窗口里写的"})
    assert again.status_code == 409
    told = main_of(again)
    assert "这一步没有做成" in told and "另一个窗口里写的\n改由系统做" in told
    assert "计划 7 月 20 日结束，这一项接着做" in main_of(as_("lin").get(reverse("item", args=[promise.pk])))


@pytest.mark.parametrize(("who", "status"), [("lin", 403), ("gu", 403), ("zhao", 403), ("sun", 404)])
def test_only_the_manager_ends_it(signed, as_, who, status) -> None:
    url = reverse("talk-close", args=[signed.pk])
    assert as_(who).post(url, {"outcome": "extended", "outcome_reason": "x"}).status_code == status
    page = as_(who).get(url)
    assert page.status_code == (404 if status == 404 else 200)
    if page.status_code == 200:
        assert "由直接上级给计划定结果" in main_of(page)


def test_the_page_asks_the_same_however_long_the_thread(
    cast, signed, action, as_, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    """One of everything that stands beside an item, and three: the same number, and at most fifteen."""
    client, url = as_("shen"), reverse("item", args=[action.pk])
    lin, shen = cast.actor("lin"), cast.actor("shen")
    plans.set_measure(
        action, name="按期率", unit="%", start=Decimal("71.4"), target=Decimal(90), actor=lin, at=at(7, 17)
    )

    def once(n: int) -> None:
        when = at(7, 18, 9 + n)
        plans.update_progress(action, 10 + n, f"第 {n} 次", value=Decimal(72 + n), actor=lin, at=when)
        plans.attach(action, f"{n}.pdf", PDF, actor=lin, at=when)
        plans.block(action, f"卡点 {n}", date(2026, 7, 18), actor=lin, at=when)
        asked = supporting.ask(action, f"请求 {n}", actor=lin, at=when)
        promise = plans.Promise(f"支持 {n}", date(2026, 9, 1), "到位")
        plans.grant(asked, promise, actor=shen, at=when)
        change = plans.request_date(action, date(2026, 10, 15), "停线", actor=lin, at=when)
        plans.decline(change, "再看看", actor=shen, at=when)

    once(0)
    client.get(url)
    with django_assert_max_num_queries(15) as first:
        client.get(url)
    once(1)
    once(2)
    with django_assert_num_queries(len(first)):
        client.get(url)
    promise = reverse("item", args=[signed.plan.items.filter(kind="support").last().pk])
    with django_assert_max_num_queries(15):
        client.get(promise)
