"""The pages of a dispute: what each role meets, refusals that cost no word, other people's ids, and what a page costs."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests import cast as the_cast
from tests import walk
from tests.cast import Cast
from tests.disputes import steps

from huitan.conversations.models import Conversation
from huitan.core.models import Event
from huitan.disputes.actions import drafting, handling, outcome
from huitan.disputes.models import Answer, Dispute

BACKEND = "huitan.people.backend.Accounts"
HOSTILE = '<script>alert(1)</script>"&'
DRAFTING = "2026-07-17T10:30:00+08:00"
HANDLING = "2026-07-21T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = DRAFTING
    return settings


@pytest.fixture
def signed(cast, talk) -> Conversation:
    return steps.rated_and_signed(cast, talk)


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


def words(response) -> str:
    return response.content.decode()


def draft_fields(dispute: Dispute, **changes: str) -> dict[str, object]:
    dispute.refresh_from_db()
    fields: dict[str, object] = {"version": dispute.version}
    for point in dispute.points.prefetch_related("cited"):
        fields[f"claim-{point.pk}"], fields[f"wanted-{point.pk}"] = point.claim, point.wanted
        fields[f"cited-{point.pk}"] = [str(e.pk) for e in point.cited.all()]
    return {**fields, **changes}


def test_the_record_says_until_when_and_after_that_that_it_has_passed(cast, signed, present):
    lin = browser(cast, "lin")
    page = words(lin.get(reverse("record", args=[signed.pk])))
    assert "可以申诉到 7 月 23 日 周四" in page and "还有 4 个工作日" in page
    assert "提出申诉" not in words(browser(cast, "shen").get(reverse("record", args=[signed.pk])))
    present.HUITAN_SCRIPTED_NOW = "2026-07-24T09:00:00+08:00"
    page = words(lin.get(reverse("record", args=[signed.pk])))
    assert "申诉期到 7 月 23 日 周四为止，已经过了" in page and "提出申诉" not in page
    assert "开始写" not in words(lin.get(reverse("talk-dispute", args=[signed.pk])))


def test_looking_at_the_way_in_makes_nothing(cast, signed):
    browser(cast, "lin").get(reverse("talk-dispute", args=[signed.pk]))
    assert not Dispute.objects.exists()


def test_what_was_typed_survives_a_refused_submission(cast, signed):
    dispute, lin = steps.begun(cast, signed), browser(cast, "lin")
    point = steps.point(dispute, "rating")
    sent = draft_fields(dispute, submit="1", **{f"claim-{point.pk}": HOSTILE, f"wanted-{point.pk}": " "})
    answer = lin.post(reverse("talk-dispute", args=[signed.pk]), sent)
    page = words(answer)
    assert answer.status_code == 422 and "第 1 点还没有写你认为对的是什么" in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    dispute.refresh_from_db()
    assert dispute.state == "draft"


def test_another_device_is_told_while_typing_and_on_submitting(cast, signed):
    dispute, lin = steps.begun(cast, signed), browser(cast, "lin")
    point = steps.point(dispute, "rating")
    old = draft_fields(dispute, **{f"claim-{point.pk}": "电脑上写的"})
    drafting.save_draft(
        dispute,
        {point.pk: drafting.PointText("手机上写的", "B")},
        seen=None,
        actor=cast.actor("lin"),
        at=steps.BEGUN_AT,
    )
    answer = lin.post(reverse("talk-dispute-save", args=[signed.pk]), old)
    told = answer.json()
    assert answer.status_code == 412 and told["values"][f"claim-{point.pk}"] == "手机上写的"
    answer = lin.post(reverse("talk-dispute", args=[signed.pk]), {**old, "submit": "1"})
    page = words(answer)
    assert answer.status_code == 412 and "电脑上写的" in page and "手机上写的" in page
    assert (
        lin.post(
            reverse("talk-dispute-save", args=[signed.pk]), {**old, "version": told["version"]}
        ).status_code
        == 200
    )


def test_points_come_and_go_and_what_was_typed_is_kept_with_them(cast, signed):
    dispute, lin = steps.begun(cast, signed), browser(cast, "lin")
    number = steps.point(dispute, "number")
    sent = draft_fields(dispute, add="other:0", **{f"claim-{number.pk}": "先写一半"})
    added = lin.post(reverse("talk-dispute", args=[signed.pk]), sent)
    other = steps.point(dispute, "other")
    assert added.status_code == 302 and added["Location"].endswith(f"#point-{other.pk}")
    assert steps.point(dispute, "number").claim == "先写一半"
    lin.post(reverse("talk-dispute", args=[signed.pk]), draft_fields(dispute, remove=str(other.pk)))
    assert dispute.points.count() == 2
    refused = lin.post(reverse("talk-dispute", args=[signed.pk]), draft_fields(dispute, add="number:999999"))
    assert refused.status_code == 422 and "不在这次面谈的记录里" in words(refused)


def test_a_file_is_attached_and_taken_off_and_a_wrong_one_says_why(cast, signed):
    dispute, lin = steps.begun(cast, signed), browser(cast, "lin")
    point = steps.point(dispute, "rating")
    url = reverse("talk-dispute-attach", args=[signed.pk, point.pk])
    wrong = lin.post(url, {"file": SimpleUploadedFile("邮件.pdf", b"MZ")})
    assert wrong.status_code == 422 and "内容和扩展名对不上" in words(wrong) and steps.CLAIM in words(wrong)
    lin.post(url, {"file": SimpleUploadedFile("邮件.txt", "三次提醒".encode())})
    kept = point.files.get()
    got = lin.get(reverse("dispute-file", args=[dispute.pk, kept.pk]))
    assert (
        b"".join(got.streaming_content) == "三次提醒".encode() and "attachment" in got["Content-Disposition"]
    )
    assert browser(cast, "he").get(reverse("dispute-file", args=[dispute.pk, kept.pk])).status_code == 404
    lin.post(reverse("talk-dispute-detach", args=[signed.pk, kept.pk]))
    assert not point.files.exists()
    assert lin.get(reverse("dispute-file", args=[dispute.pk, kept.pk])).status_code == 404


def test_the_handlers_second_window_gets_both_texts(cast, signed, present):
    dispute, gu = steps.accepted(cast, signed), browser(cast, "gu")
    present.HUITAN_SCRIPTED_NOW = HANDLING
    point = steps.point(dispute, "rating")
    url = reverse("dispute-answer", args=[dispute.pk, point.pk])
    assert gu.post(url, {"version": 0, "verdict": "explained", "text": "第一个窗口写的"}).status_code == 302
    second = gu.post(url, {"version": 0, "verdict": "explained", "text": "第二个窗口写的"})
    page = words(second)
    assert second.status_code == 412 and "第一个窗口写的" in page and "第二个窗口写的" in page
    saving = reverse("dispute-answer-save", args=[dispute.pk, point.pk])
    told = gu.post(saving, {"version": 0, "verdict": "corrected", "text": "第三个"})
    assert told.status_code == 412
    assert told.json()["values"]["text"] == "第一个窗口写的" and told.json()["values"]["verdict"] == [
        "explained"
    ]
    assert Answer.objects.get().text == "第一个窗口写的"


def test_an_answer_that_does_not_fit_keeps_its_words(cast, signed, present):
    dispute, gu = steps.accepted(cast, signed), browser(cast, "gu")
    present.HUITAN_SCRIPTED_NOW = HANDLING
    point = steps.point(dispute, "number")
    url = reverse("dispute-answer", args=[dispute.pk, point.pk])
    sent = {"version": 0, "verdict": "corrected", "new_value": "很多", "text": "核对了台账"}
    answer = gu.post(url, sent)
    assert (
        answer.status_code == 422 and "写一个数，不带单位" in words(answer) and "核对了台账" in words(answer)
    )
    foreign = cast.sun.evidence.get().pk
    assert gu.post(url, {**sent, "new_value": "78.6", "cited": [foreign]}).status_code == 422


def test_nobody_reads_the_handlers_draft(cast, signed, present):
    dispute = steps.accepted(cast, signed)
    steps.correct_both(cast, dispute, when=steps.STATED_AT)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    url = reverse("dispute", args=[dispute.pk])
    assert "核对会签记录" in words(browser(cast, "gu").get(url))
    for who in ("lin", "shen", "he"):
        assert "核对会签记录" not in words(browser(cast, who).get(url)), who


def test_the_rater_reads_the_points_and_the_own_box_only(cast, signed, present):
    dispute = steps.accepted(cast, signed)
    own = dispute.statements.get(side="employee")
    handling.state(own, "等会签的三份都有邮件。", actor=cast.actor("lin"), at=steps.STATED_AT)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    shen = browser(cast, "shen")
    page = words(shen.get(reverse("dispute", args=[dispute.pk])))
    assert steps.CLAIM in page and "发出说明" in page and "等会签的三份都有邮件" not in page
    assert "林晓岚" in words(shen.get(reverse("disputes")))
    assert reverse("disputes") not in words(browser(cast, "lin").get(reverse("home")))
    assert shen.get(reverse("dispute-outcome", args=[dispute.pk])).status_code == 403
    for route in (
        "dispute-accept",
        "dispute-recuse",
        "dispute-withdraw",
        "dispute-acknowledge",
        "dispute-assign",
    ):
        fields = {"change_reason": "x", "withdraw_reason": "x", "handler": cast.gu.pk}
        assert shen.post(reverse(route, args=[dispute.pk]), fields).status_code == 403, route


def test_a_statement_refused_keeps_its_words(cast, signed, present):
    dispute = steps.accepted(cast, signed)
    box = dispute.statements.get(side="employee")
    lin = browser(cast, "lin")
    present.HUITAN_SCRIPTED_NOW = HANDLING
    url = reverse("dispute-state", args=[dispute.pk, box.pk])
    assert lin.post(url, {"text": " "}).status_code == 422
    lin.post(url, {"text": "第一次"})
    late = lin.post(url, {"text": "第二次写的"})
    assert late.status_code == 409 and "第二次写的" in words(late) and "不能再改" in words(late)


def test_ids_of_another_dispute_are_not_found(cast, signed, present):
    dispute = steps.accepted(cast, signed)
    other_cycle = the_cast.open_cycle("2026x", name="另一期")
    the_cast.bring_results(cast, other_cycle)
    other = steps.accepted(cast, steps.rated_and_signed(cast, the_cast.talk_of(cast.lin, other_cycle)))
    present.HUITAN_SCRIPTED_NOW = HANDLING
    gu, lin = browser(cast, "gu"), browser(cast, "lin")
    point, box = other.points.first(), other.statements.get(side="employee")
    for name in ("dispute-answer", "dispute-answer-save"):
        answer = gu.post(reverse(name, args=[dispute.pk, point.pk]), {"version": 0, "text": "x"})
        assert answer.status_code == 404
    assert lin.post(reverse("dispute-state", args=[dispute.pk, box.pk]), {"text": "x"}).status_code == 404
    assert not Answer.objects.exists()
    sun = browser(cast, "sun")
    for name in ("dispute", "dispute-outcome"):
        assert sun.get(reverse(name, args=[dispute.pk])).status_code == 404
    assert sun.get(reverse("talk-dispute", args=[signed.pk])).status_code == 404
    assert "林晓岚" not in words(sun.get(reverse("disputes")))


def test_whoever_steps_aside_no_longer_sees_it(cast, signed, present):
    dispute = steps.assigned(cast, signed, "wang")
    wang = browser(cast, "wang")
    present.HUITAN_SCRIPTED_NOW = HANDLING
    done = wang.post(
        reverse("dispute-recuse", args=[dispute.pk]), {"change_reason": "和评价人共事多年"}, follow=True
    )
    assert done.status_code == 200 and "HR 会另选一个人" in words(done)
    assert wang.get(reverse("dispute", args=[dispute.pk])).status_code == 404
    assert "和评价人共事多年" in words(browser(cast, "lin").get(reverse("dispute", args=[dispute.pk])))


def test_hostile_words_are_shown_as_words(cast, signed, present):
    lin = cast.actor("lin")
    dispute = drafting.begin(signed, actor=lin, at=steps.BEGUN_AT)
    point = drafting.add_point(dispute, "other", None, actor=lin, at=steps.BEGUN_AT)
    texts = {point.pk: drafting.PointText(HOSTILE, HOSTILE)}
    drafting.submit(dispute, texts, actor=lin, at=steps.SUBMITTED_AT)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    for who in ("lin", "shen", "he"):
        page = words(browser(cast, who).get(reverse("dispute", args=[dispute.pk])))
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_figures_name_no_small_department(cast, signed, present):
    steps.submitted(cast, signed)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    page = words(browser(cast, "he").get(reverse("disputes")))
    numbers = page.split("figures-title")[-1]
    assert "其他部门（3 个）" in numbers and "智能产线部" not in numbers
    assert "figures-title" not in words(browser(cast, "shen").get(reverse("disputes")))


def test_the_exports_say_that_the_rating_waits(cast, signed, tmp_path):
    from huitan.disputes.queries.annex import as_exported
    from huitan.plans.queries.ledger import LedgerFilter, ledger_rows

    dispute = steps.accepted(cast, signed)
    he = cast.actor("he")
    assert all(row.is_disputed for row in ledger_rows(LedgerFilter(), he, steps.STATED_AT))
    exported = as_exported(Conversation.objects.get(pk=signed.pk), he, steps.STATED_AT)
    assert exported["is_disputed"] and exported["answers"] == []
    steps.correct_both(cast, dispute)
    steps.send(cast, dispute)
    exported = as_exported(Conversation.objects.get(pk=signed.pk), he, steps.DECIDED_AT)
    assert [(a["before"], a["after"]) for a in exported["answers"]] == [("C", "B"), ("71.4000", "78.6000")]


def more_points(cast: Cast, dispute: Dispute) -> None:
    lin = cast.actor("lin")
    for _ in range(2):
        point = drafting.add_point(dispute, "other", None, actor=lin, at=steps.BEGUN_AT)
        drafting.save_draft(
            dispute, {point.pk: drafting.PointText("还有", "改")}, seen=None, actor=lin, at=steps.BEGUN_AT
        )


def in_another_cycle(cast: Cast, key: str) -> Conversation:
    cycle = the_cast.open_cycle(key, name=key)
    the_cast.bring_results(cast, cycle)
    return steps.rated_and_signed(cast, the_cast.talk_of(cast.lin, cycle))


def test_a_dispute_costs_the_same_with_two_points_and_four(
    cast, signed, present, django_assert_num_queries, django_assert_max_num_queries
):
    few = steps.accepted(cast, signed)
    many = steps.begun(cast, in_another_cycle(cast, "2026x"))
    more_points(cast, many)
    drafting.submit(many, actor=cast.actor("lin"), at=steps.SUBMITTED_AT)
    handling.assign(many, cast.gu.pk, actor=cast.actor("he"), at=steps.ASSIGNED_AT)
    handling.accept(many, actor=cast.actor("gu"), at=steps.ACCEPTED_AT)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    for dispute in (few, many):
        for point in dispute.points.all():
            text = handling.AnswerText("explained", "那一次", cited=(walk.kpi(signed, "ECN 按期关闭率").pk,))
            handling.answer(point, text, seen=None, actor=cast.actor("gu"), at=steps.STATED_AT)
    for who, most in (("gu", 14), ("lin", 13), ("shen", 13), ("he", 14)):
        client = browser(cast, who)
        with django_assert_max_num_queries(most) as first:
            assert client.get(reverse("dispute", args=[few.pk])).status_code == 200
        with django_assert_num_queries(len(first)):
            assert client.get(reverse("dispute", args=[many.pk])).status_code == 200


def test_an_hr_admin_who_handles_the_further_look_meets_everything_in_fifteen_queries(cast, signed, present):
    """Candidates to hand it to, facts and levels to answer with, both levels' answers: no page of a dispute shows more."""
    dispute, he = steps.explained(cast, signed), cast.actor("he")
    outcome.raise_further(dispute, "再看一次", actor=cast.actor("lin"), at=steps.DECIDED_AT)
    handling.assign(dispute, cast.he.pk, actor=he, at=steps.DECIDED_AT)
    handling.accept(dispute, actor=he, at=steps.DECIDED_AT)
    dispute.refresh_from_db()
    steps.explain_both(cast, dispute, by="he")
    present.HUITAN_SCRIPTED_NOW = steps.DECIDED_AT.isoformat()
    present.HUITAN_SECOND_FACTOR_FOR = "everybody"
    Authenticator.objects.create(user=cast.account("he"), type="totp", data={})
    client = browser(cast, "he")
    for name in ("dispute", "dispute-outcome"):
        page = client.get(reverse(name, args=[dispute.pk]))
        assert page.status_code == 200
        assert "ECN-2207 在 2 月 14 日晚 6 天关闭" in page.content.decode()


def test_a_draft_costs_the_same_with_two_points_and_four(
    cast, signed, present, django_assert_num_queries, django_assert_max_num_queries
):
    dispute, lin = steps.begun(cast, signed), browser(cast, "lin")
    with django_assert_max_num_queries(13) as first:
        lin.get(reverse("talk-dispute", args=[signed.pk]))
    more_points(cast, dispute)
    with django_assert_num_queries(len(first)):
        lin.get(reverse("talk-dispute", args=[signed.pk]))


def test_the_list_and_the_home_cost_the_same_with_one_row_and_three(
    cast, signed, present, django_assert_num_queries, django_assert_max_num_queries
):
    steps.accepted(cast, signed)
    present.HUITAN_SCRIPTED_NOW = HANDLING
    counts = {}
    for who in ("he", "gu", "shen"):
        client = browser(cast, who)
        with django_assert_max_num_queries(12) as listed:
            client.get(reverse("disputes"))
        counts[who] = len(listed)
    for key in ("2026x", "2026y"):
        steps.accepted(cast, in_another_cycle(cast, key))
    for who, n in counts.items():
        client = browser(cast, who)
        with django_assert_num_queries(n):
            client.get(reverse("disputes"))


def test_each_step_leaves_an_event_with_who_did_it(cast, signed):
    dispute = steps.corrected(cast, signed)
    told = [(e.verb, e.actor) for e in Event.objects.filter(stream=dispute.stream).order_by("seq")]
    by = {who: cast.actor(who).key for who in ("lin", "he", "gu")}
    assert told == [
        ("dispute.begun", by["lin"]),
        ("dispute.submit", by["lin"]),
        ("dispute.assign", by["he"]),
        ("dispute.accept", by["gu"]),
        ("dispute.decide", by["gu"]),
    ]


@pytest.mark.parametrize(
    ("who", "route", "field"),
    [
        ("lin", "dispute-withdraw", "withdraw_reason"),
        ("gu", "dispute-recuse", "change_reason"),
        ("gu", "dispute-ask", "question"),
        ("gu", "dispute-answer", "text"),
    ],
)
def test_words_sent_after_the_step_has_gone_come_back_on_the_page(
    cast, signed, present, who, route, field
) -> None:
    """The outcome went out in another tab meanwhile."""
    dispute = steps.explained(cast, signed)
    present.HUITAN_SCRIPTED_NOW = steps.DECIDED_AT.isoformat()
    args = [dispute.pk, *([dispute.points.first().pk] if route == "dispute-answer" else [])]
    answer = browser(cast, who).post(reverse(route, args=args), {field: HOSTILE, "side": "rater"})
    assert answer.status_code == 409 and "&lt;script&gt;" in words(answer)


def test_a_reason_for_a_further_look_sent_too_late_comes_back_on_the_page(cast, signed, present) -> None:
    dispute = steps.explained(cast, signed)
    present.HUITAN_SCRIPTED_NOW = "2026-08-30T10:00:00+08:00"
    sent = {"further_reason": HOSTILE}
    answer = browser(cast, "lin").post(reverse("dispute-further", args=[dispute.pk]), sent)
    assert answer.status_code == 422 and "&lt;script&gt;" in words(answer)
