"""`make deploy-check`: does the steps of deploy/Containerfile without a container engine, in a folder of its own.

Each stage is a folder that stands at the same path while it is built, so that what one stage makes runs in the next.
Copies are copied, commands run, the entry point is started with the final environment and asked by the health check how
it is. What belongs to the machine (a user, the base image) is left to the engine and said.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.deploy.reading import DEPLOY, ROOT, Stage, Step, last, stages

LEFT_TO_THE_ENGINE = ("useradd",)
CAME_UP_WITHIN = 60
ENDED_WITHIN = 20


class Build:
    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "root"
        self.ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
        self.place = self.root
        # Proxies and certificates of this machine's package registries; nothing of this checkout.
        own = ("HUITAN_", "DATABASE_", "DJANGO_", "PYTHON", "VIRTUAL_ENV", "CI")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(own)}

    def stage(self, stage: Stage) -> None:
        self.root.mkdir()
        self.place = self.root
        for step in stage.steps:
            self.step(step)

    def set_aside(self, stage: Stage) -> None:
        self.root.rename(self.folder / stage.name)

    def inside(self, path: str) -> Path:
        return self.root / path.lstrip("/") if path.startswith("/") else self.place / path

    def step(self, step: Step) -> None:
        if step.name == "WORKDIR":
            self.place = self.inside(step.text)
            self.place.mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            self.copy(step.words)
        elif step.name == "RUN":
            self.run(step.text)
        elif step.name == "ENV":
            name, _, value = step.text.partition("=")
            parts = [
                str(self.inside(part)) if part.startswith(("/opt", "/var")) else part
                for part in value.split(":")
            ]
            self.env[name] = ":".join(parts)
        elif step.name == "VOLUME":
            self.inside(step.text).mkdir(parents=True)
        elif step.name not in ("USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"):
            raise SystemExit(f"this check does not know {step.name}")

    def copy(self, words: list[str]) -> None:
        *sources, target = words
        base = ROOT
        if sources[0].startswith("--from="):
            base = self.folder / sources.pop(0).removeprefix("--from=")
        for source in sources:
            given = base / source.lstrip("/")
            to = self.inside(target)
            if given.is_dir():
                # Between stages nothing is written any more: a second name is as good as a copy.
                shutil.copytree(
                    given,
                    to,
                    symlinks=True,
                    dirs_exist_ok=True,
                    ignore=self.leave_out if base == ROOT else None,
                    copy_function=shutil.copy2 if base == ROOT else os.link,
                )
            else:
                to = to / given.name if target.endswith("/") else to
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(given, to)

    def leave_out(self, folder: str, names: list[str]) -> set[str]:
        """What .dockerignore keeps from the engine."""
        here = Path(folder).relative_to(ROOT)
        return {
            name
            for name in names
            if any((here / name).match(pattern.removeprefix("**/")) and ("**" in pattern or str(here / name) == pattern)
                   for pattern in self.ignored)
        }  # fmt: skip

    def run(self, command: str) -> None:
        if shlex.split(command)[0] in LEFT_TO_THE_ENGINE:
            print(f"  left to the engine: {command}", flush=True)
            return
        begun = time.monotonic()
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.place,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"  {time.monotonic() - begun:5.1f} s  {command}", flush=True)
        if done.returncode:
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])

    def starts_and_is_well(self, stage: Stage) -> None:
        """Entry point and command as written, on a free port of this machine alone."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = str(probe.getsockname()[1])
        words = [*last(stage, "ENTRYPOINT").words, *last(stage, "CMD").words]
        words = [{"8000": port, "0.0.0.0": "127.0.0.1"}.get(word, word) for word in words]  # noqa: S104
        program = str(self.place / ".venv/bin" / words[0])
        health = Step("CMD", last(stage, "HEALTHCHECK").text.partition(" CMD ")[2]).words
        health = [
            str(self.place / ".venv/bin" / health[0]),
            *(w.replace(":8000/", f":{port}/") for w in health[1:]),
        ]
        server = subprocess.Popen(
            [program, *words[1:]], cwd=self.place, env=self.env, stdout=subprocess.DEVNULL
        )
        try:
            until = time.monotonic() + CAME_UP_WITHIN
            while subprocess.run(health, env=self.env, capture_output=True, check=False).returncode:
                if server.poll() is not None or time.monotonic() > until:
                    raise SystemExit("it does not come up, or is not well")
                time.sleep(0.2)
            self.has_its_pages(f"http://127.0.0.1:{port}/login/")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=ENDED_WITHIN)
        if not self.inside("/var/lib/huitan/huitan.sqlite3").exists():
            raise SystemExit("it wrote its database somewhere else")

    def has_its_pages(self, address: str) -> None:
        with urllib.request.urlopen(address) as answer:
            page = answer.read().decode()
        with urllib.request.urlopen(f"{address}?lang=en") as answer:
            english = answer.read().decode()
        if not re.search(r"/static/dist/app\.js\?v=[0-9a-f]{12}", page):
            raise SystemExit("the pages were built without their scripts")
        if "Log in" not in english:
            raise SystemExit("the pages were built without their English")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="huitan-container-"))
    try:
        build = Build(folder)
        *before, final = stages(DEPLOY / "Containerfile")
        for stage in before:
            print(stage.name, flush=True)
            build.stage(stage)
            build.set_aside(stage)
        print(final.name, flush=True)
        build.stage(final)
        build.starts_and_is_well(final)
        print("it starts, answers at /health/ and has its pages in both languages")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
