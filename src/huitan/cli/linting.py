from __future__ import annotations

import sys

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lint(arguments: tuple[str, ...]) -> None:
    """Check the wording of feedback: files, or standard input."""
    from huitan.wording.cli import run

    raise SystemExit(run(list(arguments), sys.stdin, sys.stdout))
