"""deploy/ keeps to the product: every command and setting it names exists, every limit is the product's own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from django.conf import settings
from tests.deploy.reading import DEPLOY, NOT_FOR_A_COMPANY, ROOT, SETTINGS, last, settings_read, stages, unit

from huitan.cli.main import COMMANDS, huitan
from huitan.core import files
from huitan.intake import tables
from huitan.web import health

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NGINX = (DEPLOY / "nginx" / "huitan.conf").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
EXAMPLE = (DEPLOY / "systemd" / "huitan.env.example").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide" / "deployment.md").read_text(encoding="utf-8")
CONTAINER = stages(DEPLOY / "Containerfile")
HUITAN = "/opt/huitan/.venv/bin/huitan"
# Written at the same time elsewhere.


def understood(words: list[str]) -> click.Context:
    """The command line as `huitan` itself reads it; a word or option it does not know is an error."""
    command: click.Command | None = huitan
    context = click.Context(huitan, info_name="huitan", resilient_parsing=True)
    while isinstance(command, click.Group):
        command = command.get_command(context, words[0])
        assert command is not None, f"huitan does not know {words[0]}"
        words = words[1:]
    assert command is not None
    return command.make_context("huitan", list(words))


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_units_run_commands_that_exist_and_may_touch_little(path: Path) -> None:
    said = unit(path)
    (line,) = said["Service.ExecStart"]
    program, *words = line.split()
    assert program == HUITAN
    understood(words)
    assert said["Service.EnvironmentFile"][0] == "/etc/huitan/huitan.env"
    assert said["Service.NoNewPrivileges"] == ["yes"] and said["Service.ProtectSystem"] == ["strict"]
    assert said["Service.User"] == ["huitan"]
    # The data folder of the example is the one the unit may write.
    assert said["Service.StateDirectory"][0].split()[0] == "huitan"
    assert "\nHUITAN_HOME=/var/lib/huitan\n" in EXAMPLE
    written = [word for word in words if word.startswith("/var/lib/")]
    assert all(Path(word).name in said["Service.StateDirectory"][0].split() for word in written)


def test_the_ports_of_units_and_compose_are_those_nginx_asks() -> None:
    asked = dict(
        re.findall(r"upstream huitan_(\w+) {[^}]*?server 127\.0\.0\.1:(\d+);", read("upstreams.conf"), re.S)
    )
    started = {
        kind: str(
            understood(
                unit(DEPLOY / "systemd" / f"huitan-{name}.service")["Service.ExecStart"][0].split()[1:]
            ).params["port"]
        )
        for kind, name in (("pages", "web"), ("live", "live"))
    }
    assert asked == started
    named = dict(re.findall(r"upstream huitan_(\w+) {\s*server ([\w:]+);", read("upstreams-compose.conf")))
    services = {"pages": "web", "live": "live"}
    for kind, service in services.items():
        context = understood(COMPOSE["services"][service]["command"])
        assert named[kind] == f"{service}:{context.params['port']}"
        assert context.params["interface"] == kind


def read(name: str) -> str:
    return (DEPLOY / "nginx" / name).read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to ask")
def test_systemd_itself_takes_the_units(tmp_path: Path) -> None:
    names = []
    for path in (p for p in (DEPLOY / "systemd").iterdir() if p.suffix in (".service", ".timer", ".target")):
        name = path.name.replace("@.", "@1.")
        names.append(str(tmp_path / name))
        Path(names[-1]).write_text(path.read_text(encoding="utf-8").replace(HUITAN, sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0 and "huitan" not in done.stderr, done.stderr


def test_every_setting_is_explained_and_no_other() -> None:
    offered = settings_read() - NOT_FOR_A_COMPANY
    assert len(offered) > 15
    assert set(re.findall(r"^#?([A-Z_0-9]+)=", EXAMPLE, re.M)) == offered
    assert set(re.findall(r"^\| `([A-Z_0-9]+)`", GUIDE, re.M)) == offered
    explained = "".join(path.read_text(encoding="utf-8").split('"""')[1] for path in SETTINGS)
    assert [name for name in settings_read() if name not in explained] == []


def test_compose_sets_what_exists_and_runs_what_exists() -> None:
    services = COMPOSE["services"]
    for name in ("web", "live", "worker"):
        assert set(services[name]["environment"]) <= settings_read() - NOT_FOR_A_COMPANY
        understood(services[name]["command"])
        assert services[name]["volumes"] == [f"home:{home()}"]
    address = services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert services["web"]["environment"]["HUITAN_PROXIES"] == address
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "compose.env.example").read_text(encoding="utf-8"), re.M))
    assert asked == offered
    for mounted in services["proxy"]["volumes"]:
        source = mounted.split(":")[0]
        assert "certificates" in source or (DEPLOY / source).exists(), source
    assert services["web"]["build"]["dockerfile"] == "deploy/Containerfile"


def home() -> str:
    return next(s.text.split("=", 1)[1] for s in CONTAINER[-1].steps if s.text.startswith("HUITAN_HOME="))


def test_the_container_copies_what_exists_and_runs_without_root() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for stage in CONTAINER:
        for step in stage.steps:
            if step.name == "COPY" and not step.text.startswith("--from"):
                for source in step.words[:-1]:
                    assert (ROOT / source).exists() and source not in ignored, source
    final = CONTAINER[-1]
    assert last(final, "USER").text == "10001"
    entry, words = last(final, "ENTRYPOINT").words, last(final, "CMD").words
    assert entry == ["huitan"]
    assert understood(words).params["host"] == "0.0.0.0"  # noqa: S104
    assert f":{understood(words).params['port']}{health.PATH}" in last(final, "HEALTHCHECK").text


def test_nginx_takes_what_the_product_takes_and_lets_streams_through() -> None:
    (limit,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert (
        int(limit) * 2**20
        >= max(tables.MAX_BYTES, files.MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE) + 2**20
    )
    assert int(limit) * 2**20 <= tables.MAX_BYTES + 2 * 2**20
    (streams,) = re.findall(r"location /live/ {(.*?)}", NGINX, re.S)
    assert "proxy_buffering off;" in streams and "proxy_read_timeout 1h;" in streams
    assert "proxy_http_version 1.1;" in NGINX
    for header in (
        "Strict-Transport-Security",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
    ):
        assert header not in NGINX, f"{header} is the product's to send"
    assert f"location = {health.PATH}" in NGINX


@pytest.mark.parametrize("path", sorted((DEPLOY / "nginx" / "pages").glob("*.html")), ids=lambda p: p.name)
def test_the_proxys_own_pages_stand_alone_in_both_languages(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in text and 'lang="en"' in text
    assert "src=" not in text and "href=" not in text and "<script" not in text
    if path.name == "too-large.html":
        assert f"{tables.MAX_BYTES // 2**20} MB" in text and f"{files.MAX_BYTES // 2**20} MB" in text
    assert path.name in NGINX or path.stem in NGINX


def test_commands_in_the_guide_exist() -> None:
    blocks = "\n".join(re.findall(r"```\n(.*?)```", GUIDE, re.S))
    named = set(re.findall(r"(?:^|/bin/|`)huitan ([a-z]+)", GUIDE, re.M))
    assert {"admin", "verify"} <= named <= set(COMMANDS)
    targets = re.findall(r"^(\S+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"`make ([a-z-]+)", GUIDE)) <= set(targets)
    for path in re.findall(r"deploy/[\w./@-]+", blocks):
        assert list(ROOT.glob(path.rstrip("/"))) or "certificates" in path or path == "deploy/.env", path
