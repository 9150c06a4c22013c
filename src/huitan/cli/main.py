"""The command line: everything that enters without HTTP."""

from __future__ import annotations

import sys

import click

from huitan.cli.language import set_up_django

# Group → module that defines it; loaded on use, so that `huitan --help` answers at once.
COMMANDS = {
    "demo": ("huitan.cli.company", "demo"),
    "data": ("huitan.cli.data", "data"),
    "admin": ("huitan.cli.company", "admin"),
    "migrate": ("huitan.cli.server", "migrate"),
    "serve": ("huitan.cli.server", "serve"),
    "worker": ("huitan.cli.server", "worker"),
    "import": ("huitan.cli.importing", "import_"),
    "cycle": ("huitan.cli.cycles", "cycle"),
    "move": ("huitan.cli.moving", "move"),
    "export": ("huitan.cli.exporting", "export"),
    "verify": ("huitan.cli.verifying", "verify"),
    "insights": ("huitan.cli.insights", "insights"),
    "doctor": ("huitan.cli.doctor", "doctor"),
    "backup": ("huitan.cli.backups", "backup"),
    "restore": ("huitan.cli.backups", "restore"),
    "keys": ("huitan.cli.keys", "keys"),
    "lint": ("huitan.cli.linting", "lint"),
}
# They set up by themselves what they need: a file is checked without any installation.
WITHOUT_DATABASE = {"lint", "verify"}
SHORT_HELP = {
    "demo": "Build the demo company in an empty data folder.",
    "data": "Fill an empty database with a company of any size, for load tests.",
    "admin": "Accounts of a real installation: the first HR admin, a lost second factor.",
    "migrate": "Create or update the database tables.",
    "serve": "Serve the pages.",
    "worker": "Do what falls due by itself: seals, deadlines, messages, reminders, large imports.",
    "import": "Bring in a roster, KPI results or incidents from Excel or CSV.",
    "cycle": "List, create, open and close cycles.",
    "move": "Show or make the next move of a conversation, item or cycle.",
    "export": "Write a ledger, records or a dossier to files.",
    "verify": "Check the history, or a sealed PDF somebody holds.",
    "insights": "Count the cockpit's figures again.",
    "doctor": "Look at everything an installation needs, and say what to do.",
    "backup": "Write database, files and sealed keys to one verified archive, while people work.",
    "restore": "Bring an installation back from an archive.",
    "keys": "Show or renew the certificate that seals files.",
    "lint": "Check the wording of feedback.",
}


class Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        if name not in WITHOUT_DATABASE:
            set_up_django(ctx.params.get("lang", "zh"))
        module, attribute = COMMANDS[name]
        return getattr(__import__(module, fromlist=[attribute]), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, SHORT_HELP[name]) for name in COMMANDS])


@click.group(cls=Lazy)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of messages.")
@click.version_option(package_name="huitan")
def huitan(lang: str) -> None:
    """Huitan 会谈: the performance conversation, from objective data to an accepted plan.

    Data lies under the folder named by HUITAN_HOME (default ./var), on SQLite or the database of DATABASE_URL.
    """


def main() -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        huitan()
    except Exception as wrong:
        from huitan.cli.failures import words_for

        words = words_for(wrong)
        if words is None:
            raise
        click.echo(words, err=True)
        raise SystemExit(1) from wrong


if __name__ == "__main__":
    main()
