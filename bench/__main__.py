"""Everything `make bench` measures, one after the other; each part also runs alone (`python -m bench.reading`)."""

from __future__ import annotations

import runpy
import sys

PARTS = ("bench.reading", "bench.wording", "bench.documents", "bench.kill", "bench.live")

if __name__ == "__main__":
    for part in PARTS:
        print(f"── {part}", flush=True)
        sys.argv = [part]
        runpy.run_module(part, run_name="__main__")
