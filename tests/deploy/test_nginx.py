"""The product behind a real nginx with deploy/nginx/huitan.conf, where one is installed; CI installs none."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.cast import NAMES, PASSWORD
from tests.deploy.reading import DEPLOY, ROOT

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")
HOST = "huitan.example.com"
HERE = "127.0.0.9"
ONCE = ("strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options",
        "referrer-policy", "cache-control")  # fmt: skip
MAIN = """
daemon off; {user} worker_processes 1; pid {at}/nginx.pid; error_log {at}/error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3; uwsgi_temp_path {at}/t4;
    scgi_temp_path {at}/t5;
    include {at}/conf.d/*.conf;
}}
"""


@dataclass
class Site:
    home: Path
    ids: dict[str, int]
    port: int
    plain: int

    def count(self, like: str) -> dict[str, int]:
        with closing(sqlite3.connect(self.home / "huitan.sqlite3")) as stored:
            return dict(stored.execute("select name, count from core_tally where name like ?", [like]))


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Visitor:
    """A browser at an address of its own."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def line(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(
            "127.0.0.1", self.site.port, timeout=60, context=context, source_address=(HERE, 0)
        )

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": HOST, "Referer": f"https://{HOST}/", "Cookie": cookie, **more}

    def asks(self, method: str, path: str, body: bytes | None = None, **more: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        with closing(self.line()) as line:
            line.request(method, path, body, self.headers(named))
            with line.getresponse() as got:
                answer = Answer(got.status, got.getheaders(), got.read())
        for cookie in answer.all("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def sends(self, path: str, fields: dict[str, str]) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}).encode()
        form = "application/x-www-form-urlencoded"
        return self.asks("POST", path, body, Content_Type=form, X_Requested_With="fetch")

    def hands_in(self, path: str, fields: dict[str, str], name: str, size: int) -> Answer:
        around = {**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in around.items()
        ]
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = "".join([*parts, head]).encode() + b"x" * size + b"\r\n--x--\r\n"
        return self.asks("POST", path, body, Content_Type="multipart/form-data; boundary=x")

    def follows(self, talk: int, after: str = "") -> Iterator[tuple[str, str, object]]:
        """Name, id and data of each message."""
        with closing(self.line()) as line:
            more = {"Last-Event-ID": after} if after else {}
            line.request("GET", f"/live/?follow=conversation:{talk}", headers=self.headers(more))
            with line.getresponse() as answer:
                assert answer.status == 200
                said: dict[str, str] = {}
                while True:
                    text = answer.readline().decode().rstrip("\n")
                    if text:
                        key, _, said[key] = text.partition(": ")
                    elif "data" in said:
                        yield said["event"], said.get("id", ""), json.loads(said["data"])
                        said = {}


def logged_in(site: Site, who: str) -> Visitor:
    visitor = Visitor(site)
    visitor.asks("GET", "/login/")
    assert visitor.sends("/login/", {"login_name": NAMES[who], "password": PASSWORD}).status == 302
    return visitor


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def configured(at: Path, secure: int, plain: int, pages: int, live: int) -> Path:
    """The files of deploy/nginx with places and ports of the test."""
    shutil.copytree(DEPLOY / "nginx" / "pages", at / "pages")
    certificate(at)
    (at / "conf.d").mkdir()
    given = (DEPLOY / "nginx" / "huitan.conf").read_text(encoding="utf-8")
    given = re.sub(r"^ *listen \[::\].*\n", "", given, flags=re.M)
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("/etc/nginx/huitan", str(at)),
        ("/var/cache/nginx-huitan", f"{at}/cache"),
    ):
        assert before in given
        given = given.replace(before, after)
    (at / "conf.d" / "huitan.conf").write_text(given, encoding="utf-8")
    upstreams = (DEPLOY / "nginx" / "upstreams.conf").read_text(encoding="utf-8")
    upstreams = upstreams.replace(":8000;", f":{pages};").replace(":8001;", f":{live};")
    (at / "conf.d" / "upstreams.conf").write_text(upstreams, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (at / "nginx.conf").write_text(MAIN.format(at=at, user=user), encoding="utf-8")
    return at / "nginx.conf"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home, at = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("nginx")
    secure, plain, pages, live = free_ports(4)
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "HUITAN_DEMO")} | {
        "HUITAN_HOME": str(home), "HUITAN_HOSTS": HOST, "HUITAN_HTTPS": "1", "HUITAN_URL": f"https://{HOST}",
        "HUITAN_SCRIPTED_NOW": "2026-07-16T14:20:00+08:00", "DJANGO_SETTINGS_MODULE": "huitan.config.settings",
    }  # fmt: skip
    seeded = subprocess.run(
        [sys.executable, "-m", "tests.attack.seed"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    serve = ["serve", "--interface", "split", "--port", str(pages), "--live-port", str(live)]
    running = [
        subprocess.Popen([sys.executable, "-m", "huitan.cli.main", *serve], cwd=ROOT, env=env, stdout=subprocess.DEVNULL),
        subprocess.Popen([str(NGINX), "-c", str(configured(at, secure, plain, pages, live)), "-e", f"{at}/early.log"]),
    ]  # fmt: skip
    made = Site(home, json.loads(seeded.stdout), secure, plain)
    until(lambda: Visitor(made).asks("GET", "/health/").status == 200)
    until(lambda: Visitor(made).asks("GET", "/live/health/").status == 200)
    yield made
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.wait(timeout=20)


def until(holds: Callable[[], bool]) -> None:
    for _wait in range(300):
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("nginx or the product did not come up")


def test_pages_over_tls_with_every_security_header_once(site: Site) -> None:
    answer = Visitor(site).asks("GET", "/login/")
    assert answer.status == 200 and "Secure" in answer.all("set-cookie")[0]
    for name in (name for name in ONCE if name != "cache-control"):
        assert len(answer.all(name)) == 1, (name, answer.headers)
    with closing(http.client.HTTPConnection("127.0.0.1", site.plain, timeout=30)) as line:
        line.request("GET", "/login/", headers={"Host": HOST})
        with line.getresponse() as plain:
            assert (plain.status, plain.getheader("Location")) == (301, f"https://{HOST}/login/")


def test_static_files_are_kept_for_good_and_packed(site: Site) -> None:
    page = Visitor(site).asks("GET", "/login/").body.decode()
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) >= 3
    for address in addresses:
        for _again in range(2):
            answer = Visitor(site).asks("GET", address, Accept_Encoding="gzip")
            assert answer.status == 200 and answer.body
            assert answer.all("cache-control") == ["public, max-age=31536000, immutable"]
            assert all(len(answer.all(name)) <= 1 for name in ONCE), answer.headers
    assert Visitor(site).asks("GET", addresses[0].partition("?")[0]).all("cache-control") == [
        "public, max-age=60"
    ]


def test_a_change_comes_through_at_once_and_what_was_missed_on_return(site: Site) -> None:
    talk, topic = site.ids["talk"], site.ids["topic"]
    lin, shen = logged_in(site, "lin"), logged_in(site, "shen")
    path = f"/talks/{talk}/room/topics/{topic}/text/issue/"
    with closing(lin.follows(talk)) as heard:
        assert next(heard)[0] == "hello"
        begun = time.monotonic()
        assert shen.sends(path, {"issue": "一"}).status == 200
        last = next(number for name, number, _data in heard if name == "changes")
    assert time.monotonic() - begun < 10
    assert shen.sends(path, {"issue": "二"}).status == 200
    with closing(lin.follows(talk, after=last)) as again:
        missed = next(data for name, _number, data in again if name == "changes")
    assert [one["verb"] for one in missed] == ["topic.written"]


def test_uploads_up_to_the_products_limits_and_words_for_what_is_too_large(site: Site) -> None:
    he = logged_in(site, "he")
    he.asks("GET", "/verify/file/")
    assert he.hands_in("/verify/file/", {}, "a.pdf", 20 * 2**20).status == 200
    answer = he.hands_in("/verify/file/", {}, "a.pdf", 21 * 2**20)
    assert answer.status == 413 and "最大 20 MB" in answer.body.decode()
    assert he.hands_in("/imports/", {"kind": "roster"}, "花名册.csv", 63 * 2**20).status in (200, 302, 422)
    with closing(he.line()) as line:
        line.putrequest("POST", "/imports/", skip_host=True)
        for name, value in he.headers({"Content-Length": str(70 * 2**20)}).items():
            line.putheader(name, value)
        line.endheaders()
        with line.getresponse() as refused:
            assert refused.status == 413 and "文件太大" in refused.read().decode()
            assert refused.getheader("Cache-Control") == "no-store"


def test_limits_count_the_browsers_own_address_whatever_it_claims(site: Site) -> None:
    for claimed in ("6.6.6.6", "7.7.7.7, 8.8.8.8"):
        answer = Visitor(site).asks(
            "GET", "/calendar/wrong.ics", X_Forwarded_For=claimed, X_Forwarded_Proto="http"
        )
        assert answer.status == 404
    assert site.count("calendar-feed:%") == {f"calendar-feed:{HERE}": 2}
