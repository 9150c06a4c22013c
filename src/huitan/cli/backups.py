from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from django.utils.translation import gettext as _

from huitan.cli.door import JSON, answers_refusals, tell
from huitan.core.days import minute_words
from huitan.operations import backup as making
from huitan.operations import restore as bringing_back
from huitan.people.relations import system

PASSWORD_FILE = click.option(
    "--password-file",
    type=click.File("r"),
    help="Where the backup password stands; otherwise HUITAN_BACKUP_PASSWORD. It seals the keys.",
)
MIB = 1024 * 1024


@click.command()
@click.argument("target", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
@PASSWORD_FILE
@JSON
@answers_refusals
def backup(target: Path, password_file: TextIO | None, as_json: bool) -> None:
    """Write the whole installation to one archive, while people work: database, files, and keys sealed with a password.

    Good is said only after the archive was read back from the disk. Without a password the keys stay out, and have to be
    kept somewhere else: without them a restored history cannot be shown to be ours.
    """
    made = making.make(target, password=_password(password_file), actor=system("cli"), at=datetime.now(UTC))
    manifest = made.manifest
    lines = [
        _("已备份并核对：%(file)s（%(size)s MB，%(n)s 个附件，%(events)s 条记录）。")
        % {
            "file": made.path,
            "size": f"{made.size / MIB:.1f}",
            "n": sum(name.startswith("files/") for name in manifest.entries),
            "events": manifest.events,
        },
        _("SHA-256：%(hash)s") % {"hash": made.sha256},
    ]
    if not made.has_keys:
        lines.append(
            _("密钥没有放进去：设 HUITAN_BACKUP_PASSWORD 就会封好放进去，否则另外保管好 keys 文件夹。")
        )
    report = {"file": str(made.path), "sha256": made.sha256, "size": made.size, "keys": made.has_keys}
    tell({**report, "version": manifest.version, "events": manifest.events}, as_json, "\n".join(lines))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Put aside what is there; without it only an empty place is filled."
)
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the keys, when the archive holds none.",
)
@PASSWORD_FILE
@JSON
@answers_refusals
def restore(
    file: Path, replace: bool, keys: Path | None, password_file: TextIO | None, as_json: bool
) -> None:
    """Bring an installation back from FILE: checked, unpacked beside, brought up to date, verified, and then swapped in.

    Stop pages and worker first. Whatever is refused is refused before anything was touched. Everybody logs in again.
    """
    done = bringing_back.restore(
        file, replace=replace, password=_password(password_file), keys=keys, at=datetime.now(UTC)
    )
    lines = [
        _("已恢复 %(made)s 的备份，%(events)s 条记录全部核对过。大家要重新登录。")
        % {
            "made": minute_words(datetime.fromisoformat(done.manifest.made_at)),
            "events": done.counts["events"],
        }
    ]
    if done.migrated:
        lines.append(_("备份来自旧版本，做了 %(n)s 个数据库更新。") % {"n": done.migrated})
    if done.kept:
        lines.append(_("原来的数据留在 %(folder)s，确认无误后再删。") % {"folder": done.kept})
    if done.kept_schema:
        lines.append(
            _("原来的表留在 %(schema)s 里，确认无误后再删：DROP SCHEMA %(schema)s CASCADE")
            % {"schema": done.kept_schema}
        )
    report = {"made_at": done.manifest.made_at, "version": done.manifest.version, "migrated": done.migrated}
    kept = {"kept": done.kept or None, "kept_schema": done.kept_schema or None}
    tell({**report, **kept, "verified": done.counts}, as_json, "\n".join(lines))


def _password(file: TextIO | None) -> str:
    if file is not None:
        password = str(file.read()).strip()
        if not password:
            raise click.UsageError(_("密码文件 %(file)s 是空的。") % {"file": file.name})
        return password
    return os.environ.get("HUITAN_BACKUP_PASSWORD", "")
