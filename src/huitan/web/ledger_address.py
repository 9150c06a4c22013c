"""The ledger's address: filters and order, the view they were opened from, and links that change one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from huitan.core.numbers import whole_number
from huitan.plans.ledger_forms import LedgerFilterForm
from huitan.plans.models.ledger import LedgerView
from huitan.plans.queries.ledger import LedgerFilter
from huitan.plans.queries.ledger_scope import Scope, filter_options, scope_of, within
from huitan.plans.queries.ledger_views import OwnViews, own_views

FILTERS = ("department", "manager", "owner", "state", "due", "cause", "cycle", "kind", "mine", "q")
KEPT = (*FILTERS, "order")


@dataclass(frozen=True)
class Address:
    form: LedgerFilterForm
    wanted: LedgerFilter
    scope: Scope
    views: OwnViews
    view: LedgerView | None

    @cached_property
    def query(self) -> dict[str, str]:
        """The readable part of the address, in one order, so that the same list has one address."""
        given = ((name, self.form.cleaned_data.get(name)) for name in KEPT)
        return {name: str(value) for name, value in given if value not in (None, "")}

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in self.query.items() if name in FILTERS}

    @property
    def order(self) -> str:
        return self.query.get("order", "due")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.views.columns(self.view)

    @property
    def is_changed(self) -> bool:
        """Whether the list is another one than the view holds."""
        return self.view is not None and dict(self.view.query) != self.query

    def url(self, name: str = "ledger", **changes: str) -> str:
        """This list with something else; an empty value takes a filter away."""
        changed = {**self.query, **({"view": str(self.view.pk)} if self.view else {}), **changes}
        return self.address({key: value for key, value in changed.items() if value}, name)

    def address(self, query: Mapping[str, str], name: str = "ledger") -> str:
        """The bare address opens one's default view, so that everything has an address of its own beside it."""
        if not query and name == "ledger" and self.views.default:
            query = {"view": "all"}
        return reverse(name) + (f"?{urlencode(query)}" if query else "")

    def word(self, name: str) -> str:
        """The chosen value as people read it."""
        value = self.form.cleaned_data.get(name, "")
        choices = dict(getattr(self.form.fields[name], "choices", []))
        return str(choices.get(value, value))

    @property
    def words(self) -> list[tuple[str, str, str]]:
        """Each filter as label and value, with the address of the list without it."""
        return [
            (str(self.form.fields[name].label), self.word(name), self.url(**{name: ""}))
            for name in self.filters
        ]


def view_url(view: LedgerView) -> str:
    return f"{reverse('ledger')}?{urlencode({**view.query, 'view': view.pk})}"


def address_of(
    request: HttpRequest, given: QueryDict | None = None, views: OwnViews | None = None
) -> Address:
    """Five queries for few people, six for many."""
    given = request.GET if given is None else given
    scope = scope_of(request.actor)
    asked = {name: whole_number(given.get(name, "")) for name in ("department", "manager", "owner")}
    options = filter_options(scope, **asked)
    form = LedgerFilterForm(given, options)
    views = views or own_views(request.actor)
    view = views.get(whole_number(given.get("view", "")))
    wanted = form.wanted()
    return Address(
        form, wanted, within(scope, department=wanted.department, manager=wanted.manager), views, view
    )
