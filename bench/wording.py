"""Speed of the wording check in CPU time of one core: texts and sentences per second, p99 of a 200-character
text, import and memory.

``python bench/wording.py``
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

_IMPORT = (
    "import time; t = time.process_time(); import huitan.wording; b = time.process_time(); "
    "huitan.wording.lint('沟通欠佳', field='feedback.issue'); e = time.process_time(); "
    "print((b - t) * 1000, (e - b) * 1000)"
)
_TYPICAL = [
    ("zh", "feedback.issue", "3月两份报价漏了运费，客户退回重报。"),
    ("zh", "feedback.issue", "整体执行力偏弱，配合度也不够。"),
    ("zh", "highlight", "机房搬迁当晚你守到凌晨，业务早上八点照常开门。"),
    ("zh", "plan.item", "9月底前完成老版图纸回收，共120份，资料室签收。"),
    ("zh", "whole", "二月结算单错了5处。三月起提交前用核对表跑一遍，我让小组长带你用两次。"),
    ("en", "feedback.issue", "The hand-over note of 3 July had no rollback step."),
    ("en", "highlight", "Great attitude, a pleasure to work with."),
    (
        "en",
        "whole",
        "Three of the four May reports came late. Send them by Monday noon; Ana reviews the first two with you.",
    ),
]


def main() -> None:
    from huitan.wording import lint
    from huitan.wording.reading import read

    for language, field, text in _TYPICAL:
        lint(text, lang=language, field=field)
    rounds = 500
    start = time.process_time()
    for _ in range(rounds):
        for language, field, text in _TYPICAL:
            lint(text, lang=language, field=field)
    spent = time.process_time() - start
    rate = rounds * len(_TYPICAL) / spent
    sentences = sum(len(read(text, language).sentences) for language, _, text in _TYPICAL)
    long_text = ("二月结算单错了5处，财务在三月例会上退回重做。以后要更细心，我会支持你。" * 8)[:200]
    times = []
    for _ in range(500):
        start = time.process_time()
        lint(long_text, lang="zh", field="whole")
        times.append(time.process_time() - start)
    times.sort()
    imported, first = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True
    ).stdout.split()
    print(f"texts per second      {rate:8.0f}")
    print(f"sentences per second  {rounds * sentences / spent:8.0f}")
    print(f"p99 of 200 characters {times[int(len(times) * 0.99)] * 1000:8.2f} ms")
    print(f"import                {float(imported):8.1f} ms")
    print(f"first text (loads)    {float(first):8.1f} ms")
    print(f"peak memory           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.1f} MB")


if __name__ == "__main__":
    main()
