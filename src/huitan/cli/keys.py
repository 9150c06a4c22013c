from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext as _

from huitan.cli.door import JSON, answers_refusals, tell
from huitan.core.days import day_words
from huitan.documents import certificate
from huitan.documents.sealing_words import grouped, holder


@click.group()
def keys() -> None:
    """The certificate that seals the files people take away."""


@keys.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write all certificates as PEM."
)
@JSON
@answers_refusals
def show(out: Path | None, as_json: bool) -> None:
    """Show the certificate in use and all that were used before; make one if there is none yet.

    Publish the fingerprint where people can compare it, e.g. in the employee handbook.
    """
    used = certificate.sealing_key(datetime.now(UTC)).fingerprint
    known = certificate.known_certificates()
    if out is not None:
        out.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in known))
    rows = [_row(c, used) for c in known]
    words = "\n".join(
        _("%(use)s %(who)s，%(until)s 到期\n  %(print)s")
        % {
            "use": "●" if r["in_use"] else "○",
            "who": r["holder"],
            "until": day_words(datetime.fromisoformat(str(r["valid_until"])).date()),
            "print": grouped(str(r["sha256"])),
        }
        for r in sorted(rows, key=lambda r: not r["in_use"])
    )
    tell({"certificates": rows}, as_json, words)


@keys.command()
@click.confirmation_option(prompt="Seal with a new certificate from now on?")
@answers_refusals
def renew() -> None:
    """Make a new self-signed certificate. Files sealed before still verify."""
    made = certificate.renew(datetime.now(UTC))
    click.echo(_("从现在起用新证书盖封印，指纹 %(print)s") % {"print": grouped(made.fingerprint)})


def _row(one: x509.Certificate, used: str) -> dict[str, object]:
    return {
        "sha256": certificate.fingerprint(one),
        "holder": holder(one),
        "valid_until": one.not_valid_after_utc.isoformat(),
        "in_use": certificate.fingerprint(one) == used,
    }
