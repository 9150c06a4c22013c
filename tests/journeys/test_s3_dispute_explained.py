"""S3, the other ending: the evaluation was misread; the instance that explains it is shown, and nothing changes.

With the one further level, by somebody else, after it.
"""

from __future__ import annotations

from django.urls import reverse
from tests.disputes import steps
from tests.journeys.test_s3_dispute_corrected import (
    HELD,
    Desk,
    assigned_and_accepted,
    begun_on_the_phone,
    both_have_stated,
    handed_in,
)

from huitan.disputes.models import Dispute
from huitan.disputes.queries.verification import verify


def explain(desk: Desk, dispute: Dispute, text: str, **cited: object) -> str:
    for point in dispute.points.all():
        desk.send("dispute-answer", dispute.pk, point.pk, version=0, verdict="explained", text=text, **cited)
    page = desk.read("dispute-outcome", dispute.pk)
    return page.split('name="seen_hash" value="')[1][:64]


def test_s3_a_misread_evaluation_is_explained_with_the_instance_and_looked_at_once_more(
    cast, talk, settings
) -> None:
    talk = steps.rated_and_signed(cast, talk)
    lin, shen, he, gu, wang = (Desk(cast, settings, n) for n in ("lin", "shen", "he", "gu", "wang"))
    dispute = begun_on_the_phone(lin, talk)
    handed_in(lin, talk, dispute)
    assigned_and_accepted(cast, he, gu, dispute)
    both_have_stated(lin, shen, gu, dispute)

    gu.on("2026-07-24T16:00:00+08:00")
    why = "ECN-2207 在 2 月 14 日晚 6 天关闭，会签只占其中 2 天。"
    fact = cast.lin.evidence.get(kind="incident", statement__contains="2207")
    seen = explain(gu, dispute, why)
    refused = gu.client.post(reverse("dispute-outcome", args=[dispute.pk]), {"seen_hash": seen})
    assert refused.status_code == 422 and "至少一条证据或记录里的一段" in refused.content.decode()
    for point in dispute.points.all():
        gu.send(
            "dispute-answer", dispute.pk, point.pk, version=1, verdict="explained", text=why, cited=[fact.pk]
        )
    page = gu.read("dispute-outcome", dispute.pk)
    gu.send("dispute-outcome", dispute.pk, seen_hash=page.split('name="seen_hash" value="')[1][:64])
    assert talk.review.ratings.count() == 1

    lin.on("2026-07-27T09:00:00+08:00")
    page = lin.read("dispute", dispute.pk)
    assert why in page and "装配线返工 10 台" in page
    lin.send("dispute-acknowledge", dispute.pk)
    empty = lin.client.post(reverse("dispute-further", args=[dispute.pk]), {"further_reason": ""})
    assert empty.status_code == 422
    assert "由另一个人处理" in lin.send("dispute-further", dispute.pk, further_reason="会签的邮件没有看")
    assert HELD in lin.read("record", talk.pk)

    he.on("2026-07-28T09:00:00+08:00")
    refused = he.client.post(reverse("dispute-assign", args=[dispute.pk]), {"handler": cast.gu.pk})
    assert refused.status_code == 422 and "处理过第一次" in refused.content.decode()
    he.send("dispute-assign", dispute.pk, handler=cast.wang.pk)
    assert "受理林晓岚的申诉" in wang.read("home") and reverse("disputes") in wang.read("home")
    wang.send("dispute-accept", dispute.pk)
    dispute.refresh_from_db()
    seen = explain(wang, dispute, "邮件看过：会签等了 2 天，其余 4 天在本部门。", cited=[fact.pk])
    wang.send("dispute-outcome", dispute.pk, seen_hash=seen)
    page = lin.read("dispute", dispute.pk)
    assert "申请复核，" not in page and "邮件看过" in page and why in page
    lin.send("dispute-acknowledge", dispute.pk)
    dispute.refresh_from_db()
    assert dispute.state == "concluded" and dispute.acknowledged_at
    assert HELD not in lin.read("record", talk.pk) and talk.review.ratings.get().level.label == "C"
    assert verify(at=steps.DECIDED_AT).holds
