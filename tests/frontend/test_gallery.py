"""Structure of every partial: labels, roles, escaping, and words instead of empty places."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import StrictUndefined, Undefined
from tests.frontend.gallery import (
    HOSTILE,
    LONG_NAME,
    TEMPLATES,
    Bound,
    Form,
    environment,
    escaped,
    form,
    gallery,
    page_context,
    render,
)

VOID = {"area", "br", "circle", "col", "hr", "img", "input", "link", "meta", "path", "use"}


class Page(HTMLParser):
    """Elements in order with their attributes; remembers tags that were closed out of order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.crossed.append(tag)

    def having(self, name: str) -> list[dict[str, str]]:
        return [attrs for _, attrs in self.elements if name in attrs]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(gallery())


@pytest.mark.parametrize("undefined", [StrictUndefined, Undefined])
def test_the_gallery_renders_whichever_way_the_server_treats_missing_names(undefined):
    assert gallery(undefined).rstrip().endswith("</html>")


def test_tags_are_closed_in_order(page):
    assert page.crossed == []
    assert page.open == []


def test_no_aria_attribute_is_empty(page):
    empty = [
        (tag, name)
        for tag, attrs in page.elements
        for name, value in attrs.items()
        if (name.startswith("aria-") or name in ("role", "for", "href")) and not value.strip()
    ]
    assert empty == []


def test_every_id_that_is_pointed_at_exists_once(page):
    ids = [attrs["id"] for attrs in page.having("id")]
    pointed = [
        target
        for attrs in page.having("aria-describedby") + page.having("aria-labelledby")
        for target in (attrs.get("aria-describedby", "") + " " + attrs.get("aria-labelledby", "")).split()
    ]
    assert pointed
    assert [target for target in pointed if ids.count(target) != 1] == []


def test_every_control_has_a_label(page):
    labelled = {attrs["for"] for tag, attrs in page.elements if tag == "label" and "for" in attrs}
    bare = [
        attrs
        for tag, attrs in page.elements
        if tag in ("input", "select", "textarea")
        and attrs.get("type") not in ("hidden", "radio", "checkbox")
        and attrs.get("id") not in labelled
        and "aria-label" not in attrs
    ]
    assert bare == []


def test_text_of_people_is_escaped():
    source = gallery()
    assert HOSTILE not in source
    assert escaped(HOSTILE) in source


def test_a_long_name_is_shown_in_full_and_shortened_only_in_the_circle():
    shown = render("{{ ui.person(name, '工艺工程师', 'emp') }}", name=LONG_NAME)
    assert f">{LONG_NAME}</span>" in shown
    assert ">若曦</span>" in shown


@pytest.mark.parametrize(
    ("name", "letters"), [("林晓岚", "晓岚"), ("吴桐", "吴桐"), ("Alice Brown", "AB"), ("", "?")]
)
def test_initials(name, letters):
    assert f">{letters}</span>" in render("{{ ui.avatar(name) }}", name=name)


def test_a_person_who_is_not_there_is_said_in_words():
    assert "还没有直接上级" in render("{{ ui.person('', missing='还没有直接上级') }}")


def test_a_button_that_cannot_be_pressed_says_why_and_leads_there():
    shown = Page(render("{{ ui.button('签字', 'primary', reason='还缺 1 条共识。', reason_url='#t2') }}"))
    button = next(attrs for tag, attrs in shown.elements if tag == "button")
    assert button["type"] == "button"
    assert button["aria-disabled"] == "true"
    assert [attrs["id"] for attrs in shown.having("id")] == [button["aria-describedby"]]
    assert [attrs["href"] for tag, attrs in shown.elements if tag == "a"] == ["#t2"]


def test_an_error_is_tied_to_its_field_and_listed_with_a_link():
    shown = render("{{ ui.error_summary(form) }}{{ ui.field(form.what) }}", form=form())
    assert 'href="#id_what"' in shown
    assert 'aria-describedby="id_what_helptext id_what_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert shown.count("写明做什么。") == 2


def test_a_form_without_errors_has_no_summary():
    class Clean(Form):
        def non_field_errors(self) -> list[str]:
            return []

    assert render("{{ ui.error_summary(form) }}", form=Clean(a=Bound("a", "甲"))).strip() == ""


def test_an_optional_field_says_so_and_a_required_one_does_not():
    assert "选填" in render("{{ ui.field(form.size) }}", form=form())
    assert "选填" not in render("{{ ui.field(form.direction) }}", form=form())


def test_option_groups_are_real_inputs_in_a_fieldset():
    shown = Page(gallery())
    causes = [attrs for tag, attrs in shown.elements if tag == "input" and attrs.get("name") == "cause"]
    assert [attrs["type"] for attrs in causes] == ["checkbox"] * 5
    assert [attrs["value"] for attrs in causes if "checked" in attrs] == ["process", "ability"]
    consensus = [
        attrs for tag, attrs in shown.elements if tag == "input" and attrs.get("name") == "consensus"
    ]
    assert [attrs["value"] for attrs in consensus if "checked" in attrs] == ["partial"]


@pytest.mark.parametrize(
    ("now", "current", "done"), [(0, "资料包", 0), (3, "面谈", 3), (6, "验收", 6), (7, "", 7)]
)
def test_stage_stepper_marks_what_is_done_and_where_we_are(now, current, done):
    shown = render("{{ ui.stage_stepper(now) }}", now=now)
    assert shown.count("（已完成）") == done
    assert re.findall(r'aria-current="step".*?class="t">(\w+)<', shown) == ([current] if current else [])


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "还有 3 个工作日"), (0, "今天到期"), (-2, "逾期 2 个工作日"), (None, "没有期限")],
)
def test_clock_speaks_in_working_days(days, words):
    assert words in render("{{ ui.clock(days) }}", days=days)


def test_r16_overrun_is_said_without_a_warning_colour():
    shown = render("{{ ui.agenda_rail([{'label': '成绩亮点', 'minutes': 12, 'used': 14}]) }}")
    assert "多用了 2 分钟" in shown
    assert "risk" not in shown and "warn" not in shown


@pytest.mark.parametrize(("value", "width"), [(None, 0), (-5, 0), (48.4, 48), (140, 100)])
def test_progress_stays_within_its_track(value, width):
    assert f"width:{width}%" in render("{{ ui.progress(value, '进度') }}", value=value)


def test_perception_gap_tells_the_numbers_in_words():
    row = "{{ ui.perception_gap([{'label': 'ECN', 'own': 4, 'manager': 2.8}]) }}"
    shown = re.sub(r"<[^>]+>", "", render(row))
    assert "自评 4,上级评 2.8,相差 1.2" in shown


@pytest.mark.parametrize("state", ["agreed", "partial", "reserved", ""])
def test_consensus_is_a_word_and_not_only_a_colour(state):
    words = {"agreed": "达成共识", "partial": "部分共识", "reserved": "保留异议", "": "还没谈到"}
    assert words[state] in render("{{ ui.consensus_pill(state) }}", state=state)


def test_an_unsigned_card_waits_and_a_signed_one_shows_the_whole_sentence():
    waiting = render("{{ ui.signature_card('员工', 'emp', '林晓岚') }}")
    assert "waiting" in waiting and "还没有签字" in waiting
    signed = render(
        "{{ ui.signature_card('员工', 'emp', '林晓岚', '我已阅读全文并同意', signed_at='15:20') }}"
    )
    assert "waiting" not in signed and "我已阅读全文并同意" in signed


def test_lists_of_nothing_leave_no_empty_list_behind():
    for call in ("readiness_list([])", "quality_checklist([])", "perception_gap([])"):
        assert "<ul" not in render("{{ ui." + call + " }}")


@pytest.mark.parametrize("code", ["403", "404", "409", "500"])
def test_error_pages_stand_without_any_context_and_say_what_to_do(code):
    shown = environment().get_template(f"{code}.html").render()
    assert code in shown
    assert 'href="/"' in shown
    assert re.search(r"<h1>[^<]{5,}</h1>", shown)


def test_a_refusal_page_repeats_the_reason_given():
    assert "还缺 1 条共识" in environment().get_template("409.html").render(reason="还缺 1 条共识")


def test_phone_page_with_an_action_has_it_in_the_bar_and_without_one_has_no_bar():
    child = "{% extends 'phone.html' %}{% block heading %}签字{% endblock %}"
    env = environment()
    bare = env.from_string(child).render(**page_context())
    acting = env.from_string(child + "{% block action %}<button>签字</button>{% endblock %}")
    shown = acting.render(**page_context())
    assert "action-bar" not in bare and 'class="has-action"' not in bare
    assert shown.count("<button>签字</button>") == 1 and 'class="has-action"' in shown


def test_language_of_the_page_follows_the_reader():
    context = page_context()
    context["viewer"].language = "en"
    assert '<html lang="en"' in environment().from_string("{% extends 'shell.html' %}").render(**context)


def test_templates_hold_no_inline_script_style_or_handler():
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        data = '<script type="application/json">'  # data for a chart: read, never run
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[^>{]*\son[a-z]+=", source.replace(data, "")), (
            path.name
        )
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source), path.name


def test_readme_names_every_macro():
    documented = (TEMPLATES / "README.md").read_text()
    exported = re.findall(r"{% set (\w+) = ", (TEMPLATES / "ui.html").read_text())
    assert len(exported) > 30
    assert [name for name in exported if f"`{name}(" not in documented] == []


def test_ui_exports_every_public_macro():
    exported = (TEMPLATES / "ui.html").read_text()
    inner = {"glyph", "initials", "field_error", "stage_names", "check_list"}
    for path in (TEMPLATES / "partials").glob("*.html"):
        for name in set(re.findall(r"{% macro (\w+)\(", path.read_text())) - inner:
            assert f"{{% set {name} = {path.stem}_.{name} %}}" in exported
