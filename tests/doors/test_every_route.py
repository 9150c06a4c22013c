"""Every route × every member of the cast: the right answer for each, and never a server error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from tests import asking, walk
from tests.cast import NAMES
from tests.disputes import steps

from huitan.conversations.models import Conversation
from huitan.evidence import actions as evidence
from huitan.evidence.models import Evidence
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Message
from huitan.plans.actions.ledger import keep_view
from huitan.plans.models import PlanItem

OPEN_TO_STRANGERS = ("login", "login-as", "verify-file", "passkey-challenge", "welcome-code")
# A form's token is 64 random letters and digits, which now and then spell a name.
RANDOM = re.compile(r"\b[0-9A-Za-z]{64}\b")
BACKEND = "huitan.people.backend.Accounts"
ANYBODY = frozenset(NAMES)
HR = frozenset({"he", "gu"})
# Who reaches a page about 林晓岚's signed talk at all; everybody else gets 404.
ABOUT_LIN = frozenset({"lin", "shen", "zhao", "wang", "gu", "he", "tao"})


@pytest.fixture
def company(cast, talk, settings):
    """林晓岚's talk signed, its plan alive and her dispute with 顾清和; the present is a week later."""
    steps.rated_and_signed(cast, talk)
    talk.refresh_from_db()
    dispute = steps.accepted(cast, talk)
    listen(walk.DONE_AT)
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(days=7)).isoformat()
    settings.HUITAN_DEMO = False
    note = evidence.add(
        cast.lin,
        kind="note",
        occurred_on=date(2026, 7, 17),
        statement="一件还没有告知的事",
        attachments=[("现场.txt", "现场".encode())],
        actor=cast.actor("shen"),
        at=walk.DONE_AT + timedelta(days=1),
    )
    view = keep_view("我的视图", {"due": "30"}, ["due"], actor=cast.actor("lin"))
    return {
        "view": view,
        "note": note,
        "lin": cast.lin,
        "cast": cast,
        "talk": talk,
        "item": talk.plan.items.get(kind="action"),
        "check_in": talk.plan.check_ins.first(),
        "message": Message.objects.filter(account=cast.lin.account).latest("pk"),
        "dispute": dispute,
    }


def routes() -> Mapping[str, list[str]]:
    """Name → the names of its parameters, for every route there is."""
    found = {}
    for name, patterns in get_resolver().reverse_dict.lists():
        if isinstance(name, str):
            found[name] = patterns[0][0][0][1]
    return found


def parameters(name: str, wanted: list[str], company) -> dict[str, object] | None:
    """Values that point at 林晓岚's things; None for routes about something this company does not have."""
    talk = company["talk"]
    topic = talk.topics.filter(kind="improvement").first()
    known: dict[str, object] = {
        "key": talk.review.cycle.key,
        "cycle_key": talk.review.cycle.key,
        "topic": topic.pk,
        "topic_pk": topic.pk,
        "item": company["item"].pk,
        "item_pk": company["item"].pk,
        "field": "words",
        "section": "plan",
        "version": 1,
        "sha256": "0" * 64,
        "secret": "0-0",
    }
    if name.startswith(("item", "date")):
        known["pk"] = company["item"].pk
    elif name.startswith("dispute"):
        known["pk"] = company["dispute"].pk
        known["point"] = company["dispute"].points.first().pk
        known["statement"] = company["dispute"].statements.first().pk
    elif name == "duty-end":
        known["pk"] = 999999
    elif name == "ledger-view":
        known["pk"] = company["view"].pk
    elif name in ("accounts-reset", "evidence-person"):
        known["pk"] = company["cast"].lin.pk
    elif name.startswith("evidence-"):
        known |= {"pk": company["note"].pk, "file_id": company["note"].files.get().pk}
    elif name.startswith("check-in"):
        known["pk"] = company["check_in"].pk
    elif name.startswith(("inbox", "delivery")):
        known["pk"] = company["message"].pk
    else:
        known["pk"] = talk.pk
    return {p: known.get(p, 999999) for p in wanted}


def test_every_route_answers_everybody_without_a_server_error(company, client: Client) -> None:
    cast = company["cast"]
    seen = 0
    known = sorted(routes().items())
    urls = {name: reverse(name, kwargs=parameters(name, wanted, company)) for name, wanted in known}
    for who in (*NAMES, None):
        client.logout()
        if who:
            client.force_login(cast.account(who), backend=BACKEND)
        for name, url in urls.items():
            for method in (client.get, client.post):
                answer = method(url)
                seen += 1
                assert answer.status_code < 500, f"{method.__name__} {url} as {who}: {answer.status_code}"
                if answer.streaming:
                    list(answer.streaming_content)  # reads the file to its end, which closes it
                if who is None and name not in OPEN_TO_STRANGERS:
                    assert answer.status_code in (302, 403, 404, 405), f"{url} answers a stranger"
                if name == "logout" and who:
                    client.force_login(cast.account(who), backend=BACKEND)
    assert seen > 500


def test_a_page_that_asks_too_much_is_noticed(cast, client: Client, monkeypatch) -> None:
    monkeypatch.setattr(asking, "MOST", 6)
    client.force_login(cast.account("shen"), backend=BACKEND)
    with pytest.raises(AssertionError, match="asks"):
        client.get(reverse("home"))


def test_a_dispute_opens_only_for_those_it_concerns(company, client) -> None:
    dispute = company["dispute"]
    allowed = {"dispute": {"lin", "shen", "gu", "he"}, "dispute-outcome": {"gu"}}
    for name, opens in allowed.items():
        for who in NAMES:
            client.force_login(company["cast"].account(who), backend=BACKEND)
            status = client.get(reverse(name, args=[dispute.pk])).status_code
            expected = 200 if who in opens else 403 if who in allowed["dispute"] else 404
            assert status == expected, f"{name} as {who}: {status}"
    for who in NAMES:
        client.force_login(company["cast"].account(who), backend=BACKEND)
        status = client.get(reverse("talk-dispute", args=[company["talk"].pk])).status_code
        assert status == (302 if who == "lin" else 403 if who in ABOUT_LIN else 404), who


@pytest.mark.parametrize(
    ("name", "thing", "allowed"),
    [
        ("talk", "talk", ABOUT_LIN),
        ("record", "talk", ABOUT_LIN),
        ("pack", "talk", {"lin", "shen", "gu", "he"}),
        ("prepare", "talk", {"shen", "gu", "he"}),  # HR sees the stage and contested numbers only
        ("survey", "talk", {"lin"}),
        ("pulse", "talk", {"lin"}),
        ("room", "talk", {"lin", "shen"}),
        ("slots", "talk", ABOUT_LIN),
        ("item", "item", ABOUT_LIN),
        ("check-in", "check_in", ABOUT_LIN),
        ("evidence-person", "lin", {"lin", "shen", "gu", "he"}),
    ],
)
def test_a_page_about_one_person_opens_only_for_those_it_concerns(
    company, client, name, thing, allowed
) -> None:
    url = reverse(name, args=[company[thing].pk])
    for who in NAMES:
        client.force_login(company["cast"].account(who), backend=BACKEND)
        status = client.get(url).status_code
        if who in ABOUT_LIN:
            opens = status == 200 or (name in ("talk", "room") and status == 302)
            assert opens == (who in allowed), f"{url} as {who}: {status}"
        else:
            assert status == 404, f"{url} as {who}: {status}"


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("home", ANYBODY),
        ("talks", ANYBODY),
        ("ledger", ANYBODY),
        ("evidence", ANYBODY),
        ("preferences", ANYBODY),
        ("inbox", ANYBODY),
        ("message-preferences", ANYBODY),
        ("deliveries", {"he"}),
        ("disputes", ANYBODY),
        ("sources", {"he"}),
        ("progress", HR),
        ("cockpit", {"he", "gu", "tao"}),
        ("imports", {"he"}),
        ("accounts", {"he"}),
        ("duties", {"he"}),
        ("verify", {"he", "tao"}),
    ],
)
def test_pages_of_the_whole_company(company, client, name, allowed) -> None:
    for who in NAMES:
        client.force_login(company["cast"].account(who), backend=BACKEND)
        status = client.get(reverse(name)).status_code
        assert (status == 200) == (who in allowed), f"{name} as {who}: {status}"


def test_a_list_holds_what_visible_to_says(company, cast) -> None:
    """Each way to see a row gone on its own, and all of them in one condition, name the same rows to everybody."""
    found = 0
    for name in NAMES:
        actor = cast.actor(name)
        for model in (Conversation, Evidence, PlanItem):
            listed = sorted(model.objects.listed_for(actor).values_list("pk", flat=True))
            seen = sorted(model.objects.visible_to(actor).values_list("pk", flat=True))
            assert listed == seen, (name, model.__name__)
            found += len(seen)
    assert found > 20


def test_no_page_of_an_outsider_names_the_people_of_a_talk(company, client) -> None:
    client.force_login(company["cast"].account("sun"), backend=BACKEND)
    for name in ("home", "talks", "ledger", "preferences", "inbox", "message-preferences"):
        page = RANDOM.sub("", client.get(reverse(name)).content.decode())
        for secret in ("林晓岚", "沈立文", "ECN", "会签"):
            assert secret not in page, f"{name} shows {secret}"


def test_the_demos_door_exists_only_in_a_demo(company, client, settings) -> None:
    number = company["cast"].lin.staff_number
    assert "login/as" not in client.get(reverse("login")).content.decode()
    assert client.post(reverse("login-as"), {"as": number}).status_code == 404
    settings.HUITAN_DEMO = True
    assert "林晓岚" in client.get(reverse("login")).content.decode()
    assert client.post(reverse("login-as"), {"as": company["cast"].wang.staff_number}).status_code == 404
    assert client.post(reverse("login-as"), {"as": number}).status_code == 302
