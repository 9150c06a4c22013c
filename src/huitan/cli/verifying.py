from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from cryptography import x509
from django.utils.translation import gettext as _

from huitan.cli.language import JSON, set_up_django, speak, tell

if TYPE_CHECKING:
    from huitan.documents.findings import Examination

LARGEST = 100 * 1024 * 1024
MARKS = {True: "✓", False: "✗", None: "?"}


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stream", help="Check one stream only, e.g. conversation:17.")
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file with the company's certificate (or its issuer) to compare the seal with; may be repeated.",
)
@JSON
@click.pass_context
def verify(
    context: click.Context,
    file: Path | None,
    stream: str | None,
    certificates: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Check the history, or a FILE.pdf somebody holds.

    Without FILE: every event's hash and chain, every seal, every frozen pack, record and signature. With FILE: the
    seal, the whole file down to the byte, the certificate, the canonical text attached, what was signed, and, where
    there is a database, whether the record is known and the newest. A file needs neither database nor HUITAN_HOME;
    what could not be checked is said.

    Exit 0 when nothing speaks against it, 1 when something does not hold; each break is named.
    """
    language = context.parent.params.get("lang", "zh") if context.parent else "zh"
    if file is None:
        set_up_django(language)
        _check_history(stream, as_json)
    else:
        if stream:
            raise click.UsageError(_("--stream 和文件不能一起用。"))
        _check_file(file, certificates, as_json, language)


def _check_history(stream: str | None, as_json: bool) -> None:
    from huitan.disputes.queries.verification import verify as check

    result = check(stream, at=datetime.now(UTC))
    if stream and not result.counts["events"] and result.holds:
        raise click.UsageError(
            _("历史里没有 %(stream)s 这一串。写成 conversation:17 这样。") % {"stream": stream}
        )
    lines = [f"✗ {b.where} — {b.sentence}" for b in result.breaks]
    lines.append(
        _(
            "核对了 %(events)s 条记录、%(streams)s 串、%(seals)s 个封印、%(records)s 份面谈记录、%(packs)s 份资料包、%(files)s 个附件。"
        )
        % result.counts
    )
    lines.append(_("全部完好。") if result.holds else _("有 %(n)s 处不符。") % {"n": len(result.breaks)})
    tell(
        {
            **result.counts,
            "holds": result.holds,
            "breaks": [{"where": b.where, "problem": str(b.sentence)} for b in result.breaks],
        },
        as_json,
        "\n".join(lines),
    )
    if not result.holds:
        raise SystemExit(1)


def _check_file(file: Path, certificates: tuple[Path, ...], as_json: bool, language: str) -> None:
    at_home = _has_home()
    if at_home:
        set_up_django(language)
    else:
        speak(language)
    if file.stat().st_size > LARGEST:
        raise click.UsageError(_("文件太大：最大 100 MB。"))
    from huitan.documents.sandbox import check

    trusted = [one for path in certificates for one in _certificates(path)]
    if at_home:
        from huitan.documents.certificate import known_certificates

        trusted += known_certificates()
    examined = _compared(check(file.read_bytes(), trusted), at_home)
    lines = [f"{MARKS[f.holds]} {f.sentence}" for f in examined.findings]
    tell(
        {
            "holds": examined.holds,
            "certain": examined.is_certain,
            "conclusion": str(examined.conclusion),
            "findings": [
                {"key": f.key, "holds": f.holds, "sentence": str(f.sentence)} for f in examined.findings
            ],
            **examined.facts,
        },
        as_json,
        "\n".join([*lines, str(examined.conclusion)]),
    )
    if not examined.holds:
        raise SystemExit(1)


def _compared(examined: Examination, at_home: bool) -> Examination:
    if at_home:
        from huitan.documents.known import compared

        return compared(examined)
    from huitan.documents.findings import not_compared

    return not_compared(examined)


def _has_home() -> bool:
    """Whether there is an installation here to ask; looking must not make one."""
    home = Path(os.environ.get("HUITAN_HOME") or "var")
    has_database = bool(os.environ.get("DATABASE_URL")) or (home / "huitan.sqlite3").exists()
    return has_database and (home / "keys").is_dir()


def _certificates(path: Path) -> list[x509.Certificate]:
    content = path.read_bytes()
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        try:
            return [x509.load_der_x509_certificate(content)]
        except ValueError as wrong:
            raise click.UsageError(_("%(file)s 里没有证书。") % {"file": path.name}) from wrong
