from __future__ import annotations

import pytest
from django.conf import settings
from tests import cast as the_cast
from tests import kept, walk


@pytest.fixture
def talked(transactional_db):
    """A talk under way between 沈立文 and 林晓岚, visible to other connections."""
    people = the_cast.enrol()
    cycle = the_cast.open_cycle()
    the_cast.bring_results(people, cycle)
    talk = the_cast.talk_of(people.lin, cycle)
    walk.prepare(people, talk)
    walk.share(people, talk)
    walk.begin(people, talk)
    walk.highlight(people, talk)
    walk.improvement(people, talk)
    talk.refresh_from_db()
    talk.cast = people
    yield talk
    kept.empty()


@pytest.fixture
def postgres() -> None:
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        pytest.skip("PostgreSQL announces; SQLite has no such thing")
