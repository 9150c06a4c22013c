"""S3, the first ending: the evaluation was wrong, is verified and corrected, and the first rating stays beside it.

Through the pages, everybody in their own browser.
"""

from __future__ import annotations

from decimal import Decimal

from django.test import Client
from django.urls import reverse
from tests import walk
from tests.disputes import steps

from huitan.core import events
from huitan.cycles.models import Rating
from huitan.disputes.models import Dispute
from huitan.disputes.queries.verification import verify
from huitan.evidence.models import Evidence

BACKEND = "huitan.people.backend.Accounts"
HELD = "申诉处理中，结果暂不生效"


class Desk:
    """One person's browser. `on` sets the day for everybody."""

    def __init__(self, cast, settings, who: str) -> None:
        self.client, self.settings = Client(), settings
        self.client.force_login(cast.account(who), backend=BACKEND)

    def on(self, when: str) -> Desk:
        self.settings.HUITAN_SCRIPTED_NOW = when
        return self

    def read(self, name: str, *args: object) -> str:
        answer = self.client.get(reverse(name, args=args))
        assert answer.status_code == 200, (name, args, answer.status_code)
        return answer.content.decode()

    def send(self, name: str, *args: object, **fields: object) -> str:
        answer = self.client.post(reverse(name, args=args), fields, follow=True)
        assert answer.status_code == 200, answer.content.decode()[:4000]
        return answer.content.decode()


def begun_on_the_phone(lin: Desk, talk) -> Dispute:
    """From the record to a draft with the rating and a number in it, typed in two goes."""
    lin.on("2026-07-17T10:00:00+08:00")
    record = lin.read("record", talk.pk)
    assert "提出申诉" in record and "7 月 23 日" in record and "还有 4 个工作日" in record
    assert "开始写" in lin.read("talk-dispute", talk.pk)
    page = lin.send("talk-dispute-begin", talk.pk)
    assert "只有你能看到，边写边存" in page
    dispute = Dispute.objects.get()
    lin.send("talk-dispute", talk.pk, version=dispute.version, add=f"rating:{talk.review.ratings.get().pk}")
    rating = dispute.points.get(kind="rating")
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    dispute.refresh_from_db()
    lin.send(
        "talk-dispute",
        talk.pk,
        **{
            "version": dispute.version,
            f"claim-{rating.pk}": steps.CLAIM,
            f"wanted-{rating.pk}": "B：主要指标都完成了",
            f"cited-{rating.pk}": [walk.kpi(talk, "新品导入周期").pk],
            "add": f"number:{ecn.pk}",
        },
    )
    number = dispute.points.get(kind="number")
    dispute.refresh_from_db()
    saved = lin.client.post(
        reverse("talk-dispute-save", args=[talk.pk]),
        {
            "version": dispute.version,
            f"claim-{rating.pk}": steps.CLAIM,
            f"wanted-{rating.pk}": "B：主要指标都完成了",
            f"cited-{rating.pk}": [walk.kpi(talk, "新品导入周期").pk],
            f"claim-{number.pk}": "系统把两份撤销的 ECN 也算了。",
            f"wanted-{number.pk}": "78.6%",
        },
    )
    assert saved.status_code == 200 and saved.json()["version"] == dispute.version + 1
    return dispute


def handed_in(lin: Desk, talk, dispute: Dispute) -> None:
    texts = {}
    for point in dispute.points.prefetch_related("cited"):
        texts[f"claim-{point.pk}"], texts[f"wanted-{point.pk}"] = point.claim, point.wanted
        texts[f"cited-{point.pk}"] = [e.pk for e in point.cited.all()]
    dispute.refresh_from_db()
    page = lin.send("talk-dispute", talk.pk, version=dispute.version, submit="1", **texts)
    assert "申诉提交了" in page and "等 HR 分派处理人" in page and HELD in page


def assigned_and_accepted(cast, he: Desk, gu: Desk, dispute: Dispute) -> None:
    he.on("2026-07-20T09:00:00+08:00")
    assert "给林晓岚的申诉分派处理人" in he.read("home")
    page = he.read("dispute", dispute.pk)
    assert "不能处理：给过这次评级" in page and "不能处理：是评价人的直接上级" in page
    assert "交给顾清和处理" in he.send("dispute-assign", dispute.pk, handler=cast.gu.pk)
    assert "受理林晓岚的申诉" in gu.read("home")
    assert "先确认你和这件事无关" in gu.read("dispute", dispute.pk)
    assert "答复" in gu.send("dispute-accept", dispute.pk)


def both_have_stated(lin: Desk, shen: Desk, gu: Desk, dispute: Dispute) -> None:
    lin.on("2026-07-21T10:00:00+08:00")
    own, theirs = (dispute.statements.get(side=side) for side in ("employee", "rater"))
    assert "为你的申诉写说明" in lin.read("home") and "为林晓岚的申诉写说明" in shen.read("home")
    lin.send("dispute-state", dispute.pk, own.pk, text="等会签的三份都有邮件。")
    shen.send("dispute-state", dispute.pk, theirs.pk, text="四份都在她的清单上。")
    assert "四份都在她的清单上" not in lin.read("dispute", dispute.pk)
    assert "等会签的三份都有邮件" not in shen.read("dispute", dispute.pk)
    page = gu.read("dispute", dispute.pk)
    assert "四份都在她的清单上" in page and "等会签的三份都有邮件" in page


def test_s3_a_wrong_evaluation_is_corrected_and_the_first_stays_beside_it(cast, talk, settings) -> None:
    talk = steps.rated_and_signed(cast, talk)
    lin, shen, he, gu, zhao, tao = (
        Desk(cast, settings, n) for n in ("lin", "shen", "he", "gu", "zhao", "tao")
    )
    dispute = begun_on_the_phone(lin, talk)
    assert shen.client.get(reverse("dispute", args=[dispute.pk])).status_code == 404
    handed_in(lin, talk, dispute)
    assert HELD in shen.read("record", talk.pk) and HELD in he.read("progress") and HELD in shen.read("talks")
    assigned_and_accepted(cast, he, gu, dispute)
    both_have_stated(lin, shen, gu, dispute)

    gu.on("2026-07-24T16:00:00+08:00")
    rating, number = dispute.points.all()
    missing = gu.read("dispute-outcome", dispute.pk)
    assert "第 1 点还没有答复" in missing and "先补上缺的" in missing
    level = talk.review.cycle.levels.get(label="B")
    gu.send(
        "dispute-answer",
        dispute.pk,
        rating.pk,
        version=0,
        verdict="corrected",
        new_level=level.pk,
        text="核对会签记录：三份超期等会签超过 5 天，不在员工手里。",
    )
    gu.send(
        "dispute-answer",
        dispute.pk,
        number.pk,
        version=0,
        verdict="corrected",
        new_value="78.6",
        text="ERP 台账里两份已撤销，分母应为 28。",
    )
    assert "核对会签记录" not in shen.read("dispute", dispute.pk)
    assert "核对会签记录" not in lin.read("dispute", dispute.pk)
    page = gu.read("dispute-outcome", dispute.pk)
    seen = page.split('name="seen_hash" value="')[1][:64]
    assert "结果发出了" in gu.send("dispute-outcome", dispute.pk, seen_hash=seen)

    given = list(Rating.objects.filter(review=talk.review).select_related("level", "given_by"))
    assert [(r.level.label, r.given_by.name) for r in given] == [("C", "沈立文"), ("B", "顾清和")]
    ecn = Evidence.objects.get(pk=number.evidence_id)
    assert ecn.actual == Decimal("78.6") and number.value_before == Decimal("71.4")

    lin.on("2026-07-27T09:00:00+08:00")
    assert "看申诉结果，确认已知悉" in lin.read("home")
    page = lin.read("dispute", dispute.pk)
    for words in ("核对会签记录", "顾清和", "71.4%", "78.6%", "已知悉结果", "不表示同意", "申请复核"):
        assert words in page, words
    assert "不表示你同意" in lin.send("dispute-acknowledge", dispute.pk)
    assert HELD in lin.read("record", talk.pk)
    assert "评级从现在起生效" in lin.send("dispute-finish", dispute.pk)
    record = lin.read("record", talk.pk)
    assert HELD not in record and "附件：申诉结果" in record and "按期率 71.4%，四份超期" in record
    assert "附件：申诉结果" in zhao.read("record", talk.pk)
    assert "核对会签记录" in tao.read("dispute", dispute.pk)
    assert not list(events.breaks()) and verify(at=steps.DECIDED_AT).holds
