"""Renders the gallery of partials without Django: the real templates, plain stand-ins for what the server provides."""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, Undefined
from markupsafe import Markup, escape

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "src/huitan/web/templates"
DIST = ROOT / "src/huitan/web/static/dist"
LONG_NAME = "欧阳若曦·阿卜杜拉"
HOSTILE = '<img src=x onerror="alert(1)">'


@dataclass
class Required:
    required: bool = True


@dataclass
class Option:
    """One radio button as Django's BoundWidget offers it."""

    name: str
    value: str
    choice_label: str

    @property
    def id_for_label(self) -> str:
        return f"id_{self.name}_{self.value}"

    def tag(self) -> Markup:
        return Markup('<input type="radio" name="{}" value="{}" id="{}">').format(
            self.name, self.value, self.id_for_label
        )


@dataclass
class Bound:
    """The part of Django's BoundField that the field macro reads."""

    html_name: str
    label: str
    widget_type: str = "text"
    help_text: str = ""
    errors: list[str] = dataclasses.field(default_factory=list)
    field: Required = dataclasses.field(default_factory=Required)
    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    value: str = ""
    is_hidden: bool = False

    @property
    def auto_id(self) -> str:
        return f"id_{self.html_name}"

    @property
    def id_for_label(self) -> str:
        return "" if self.widget_type == "radioselect" else self.auto_id

    def __iter__(self):
        return iter(Option(self.html_name, value, label) for value, label in self.choices)

    def as_widget(self, attrs: dict[str, Any] | None = None) -> Markup:
        marks = Markup("").join(Markup(' {}="{}"').format(*pair) for pair in (attrs or {}).items())
        named = Markup('id="{}" name="{}"{}').format(self.auto_id, self.html_name, marks)
        if self.widget_type == "textarea":
            return Markup("<textarea {}>{}</textarea>").format(named, self.value)
        if self.widget_type == "select":
            options = Markup("").join(
                Markup('<option value="{}">{}</option>').format(*c) for c in self.choices
            )
            return Markup("<select {}>{}</select>").format(named, options)
        kind = "checkbox" if self.widget_type == "checkbox" else "text"
        return Markup('<input type="{}" {} value="{}">').format(kind, named, self.value)


class Form(dict[str, Bound]):
    def __getattr__(self, name: str) -> Bound:
        return self[name]

    def __iter__(self):
        return iter(self.values())

    @property
    def errors(self) -> dict[str, list[str]]:
        return {name: bound.errors for name, bound in self.items() if bound.errors}

    def non_field_errors(self) -> list[str]:
        return ["日期早于今天,改成之后的工作日。"]


@dataclass
class Viewer:
    id: int = 7
    name: str = "沈立文"
    position: str = "智能产线部经理"
    role_words: str = "经理"
    voice: str = "mgr"
    is_manager: bool = True
    is_hr_admin: bool = False
    is_hrbp: bool = False
    is_auditor: bool = False
    language: str = "zh-hans"
    theme: str = "auto"


def form() -> Form:
    bounds = [
        Bound("issue", "具体问题", "textarea", value=HOSTILE),
        Bound("direction", "改进方向", "textarea"),
        Bound("support", "支持措施", "textarea"),
        Bound("what", "做什么", help_text="写成别人能判断做没做到的事。", errors=["写明做什么。"]),
        Bound("agree", "我已看过资料包", "checkbox"),
        Bound("size", "范围", "select", choices=[("1", "本部门"), ("2", "全公司")], field=Required(False)),
        Bound("purpose", "这次谈什么", "radioselect", choices=[("p", "业绩改进"), ("c", "职业发展")]),
        Bound("words", "你的话", "textarea", field=Required(False), value="会签平均要等 6 天。"),
    ]
    return Form({bound.html_name: bound for bound in bounds})


def items() -> list[dict[str, Any]]:
    base = {"pk": 1, "due_on": dt.date(2026, 1, 14), "criterion": "三台样机实测 ≤ 2%", "progress": 48}
    return [
        base | {"id": "A-2041", "what": "自整定误差降到 2% 以内", "owner": LONG_NAME, "state": "overdue"},
        base | {"id": "S-0311", "what": "配一台测试机台", "owner": "沈立文", "state": "kept", "kind": "support"},
        base | {"id": "A-2099", "what": HOSTILE, "owner": "", "state": "waiting", "criterion": "", "due_on": None,
                "progress": None, "cause": "资源不足", "latest": "等测试机台"},
    ]  # fmt: skip


def nav() -> list[dict[str, Any]]:
    names = [("home", "工作台"), ("messages", "面谈"), ("list-check", "改进台账"), ("scale", "异议处理"),
             ("users", "我的团队"), ("book", "措辞与模板")]  # fmt: skip
    return [
        {"icon": icon, "label": label, "url": f"#{icon}", "count": at * 60, "current": at == 1}
        for at, (icon, label) in enumerate(names)
    ]


def environment(undefined: type[Undefined] = StrictUndefined) -> Environment:
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(Path(__file__).parent)]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=undefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    env.filters |= {
        "day": lambda on: f"{on.month} 月 {on.day} 日 周三",
        "short_day": lambda on: f"{on.month} 月 {on.day} 日",
        "number": lambda value: f"{value:g}",
        "percent": lambda value: f"{value:g}%",
    }
    env.globals |= {
        "url": lambda name, *args: f"/{name}/",
        "static": lambda path: f"/static/{path}",
        "remembered": lambda macro: macro,
        "icon_sprite": lambda: Markup((DIST / "icons.svg").read_text()) if DIST.exists() else Markup(""),
    }
    return env


def page_context() -> dict[str, Any]:
    return {
        "viewer": Viewer(),
        "nav": nav(),
        "csrf_token": "token",
        "csrf_input": Markup('<input type="hidden" name="csrfmiddlewaretoken" value="token">'),
        "search_url": "/search/",
        "bell": {"url": "/notices/", "count": 3},
        "cycle_summary": {"name": "2025 下半年绩效面谈", "days_left": 17, "percent": 50, "text": "我的团队已面谈 4 / 8"},
        "account_links": [
            {"label": "English", "url": "/language/", "icon": "world", "method": "post", "name": "to", "value": "en"},
            {"label": "退出", "url": "/logout/", "icon": "logout", "method": "post"},
        ],
    }  # fmt: skip


def gallery(undefined: type[Undefined] = StrictUndefined, **changes: Any) -> str:
    context = page_context() | {"form": form(), "items": items(), "long": LONG_NAME, "hostile": HOSTILE}
    return environment(undefined).get_template("gallery.html").render(**context | changes)


def render(source: str, **context: Any) -> str:
    """One snippet of template with `ui` at hand."""
    return environment().from_string("{% import 'ui.html' as ui %}" + source).render(**context)


def escaped(text: str) -> str:
    return str(escape(text))
