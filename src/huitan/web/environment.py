"""The templates' environment. There is one per language: words that stand still in a template become part of its text when
it is compiled, so that a page of three hundred words looks up none of them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from django.conf import settings
from django.template.backends.jinja2 import Jinja2
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import translation
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from huitan.core.sentences import listed
from huitan.web import formats

FILTERS = (
    "day",
    "short_day",
    "moment",
    "clock_time",
    "stamp",
    "number",
    "amount",
    "percent",
    "score",
    "ago",
)
REMEMBERED = 4096


class Templates(Jinja2):
    """Django's engine for Jinja2 templates with an environment for each language."""

    @property
    def env(self) -> Environment:
        return self._in(translation.get_language())

    @env.setter
    def env(self, plain: Environment) -> None:
        self._plain = plain
        self._in = functools.cache(self._spoken)

    def _spoken(self, language: str | None) -> Environment:
        spoken: Any = self._plain.overlay()
        spoken.language = language
        return spoken


class Environment(jinja2.Environment):
    """Knows, once it is given a `language`, what `_("…")` says in it."""

    language: str | None = None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        found = super()._parse(source, name, filename)
        if self.language is not None:
            with translation.override(self.language):
                _Wording().visit(found)
        return found


class _Wording(NodeTransformer):
    """`_("…")` becomes the words themselves, `_("…%(n)s…", n=3)` the words with their values put in, escaped."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        self.generic_visit(call)
        plain = not (call.dyn_args or call.dyn_kwargs) and len(call.args) == 1
        if not (plain and isinstance(call.node, nodes.Name) and call.node.name == "_"):
            return call
        text = call.args[0]
        if not isinstance(text, nodes.Const):
            return call
        words = translation.gettext(text.value)
        if not call.kwargs:
            # As always with `_`: a percent sign is written twice.
            found: nodes.Node = nodes.MarkSafe(nodes.Const(words % {}))
        else:
            values = [nodes.Pair(nodes.Const(kw.key), kw.value) for kw in call.kwargs]
            found = nodes.Mod(nodes.MarkSafe(nodes.Const(words)), nodes.Dict(values))
        for node in (found, *found.find_all(nodes.Node)):
            node.environment = call.environment
        return found.set_lineno(call.lineno)


def environment(**options: Any) -> Environment:
    options["autoescape"] = True
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    env = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], **options)
    env.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        url=url,
        static=_kept_for_ever,
        language=translation.get_language,
        icon_sprite=_icon_sprite,
        is_demo=settings.HUITAN_DEMO,
        days_left=formats.days_left,
        remembered=remembered,
    )
    for name in FILTERS:
        env.filters[name] = getattr(formats, name)
    env.filters["listed"] = listed
    # As `remembered` takes a list of pairs.
    env.filters["tuples"] = lambda pairs: tuple(tuple(pair) for pair in pairs)
    env.filters["say"] = lambda text: translation.gettext(text) if text else ""
    return env


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page by its name. Each is put together once: a list of fifty links is looked up, not built."""
    return _address(get_script_prefix(), name, args, tuple(kwargs.items()))


@functools.lru_cache(maxsize=REMEMBERED)
def _address(_prefix: str, name: str, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> str:
    return reverse(name, args=args or None, kwargs=dict(kwargs) or None)


def remembered(macro: Callable[..., Markup], at_most: int = REMEMBERED) -> Callable[..., Markup]:
    """A small part drawn once for each set of values; for macros that read nothing but their arguments."""
    drawn = functools.lru_cache(maxsize=at_most, typed=True)(macro)

    def part(*args: Any, **kwargs: Any) -> Markup:
        try:
            return drawn(*args, **kwargs)
        except TypeError:
            # A value that cannot be a key.
            return macro(*args, **kwargs)

    return part


@functools.cache
def _kept_for_ever(name: str) -> str:
    """The address of a built file with a mark of its content, so that a proxy or browser never has to ask again."""
    file = Path(__file__).parent / "static" / name
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else ""
    return f"{static(name)}?v={mark}"


@functools.cache
def _icon_sprite() -> Markup:
    """The built sprite, read once per process."""
    path = Path(__file__).parent / "static" / "dist" / "icons.svg"
    return Markup(path.read_text(encoding="utf-8") if path.exists() else "")
