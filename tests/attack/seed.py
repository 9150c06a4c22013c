"""`python -m tests.attack.seed`: the cast with 林晓岚's talk running, in the data folder of HUITAN_HOME; prints ids as JSON."""

from __future__ import annotations

import json

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from tests import cast as the_cast
    from tests import walk

    from huitan.people.models import Account

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    call_command("migrate", verbosity=0, interactive=False)
    cast = the_cast.enrol()
    # The server does not know the fast hasher of the tests.
    Account.objects.update(password=make_password(the_cast.PASSWORD))
    cycle = the_cast.open_cycle()
    the_cast.bring_results(cast, cycle)
    talk = the_cast.talk_of(cast.lin, cycle)
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    print(json.dumps({"talk": talk.pk, "topic": topic.pk}))


if __name__ == "__main__":
    main()
