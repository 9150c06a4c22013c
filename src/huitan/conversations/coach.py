"""What one can say now: pure, from the part of the talk, the step the topic stands at and who looks (R10-R16, R24)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from huitan.core.sentences import N_, Sentence, say

# The steps of an improvement topic, in the order in which they are talked through.
STEPS = ("facts", "causes", "feedback", "words", "consensus", "actions", "done")


@dataclass(frozen=True)
class Moment:
    """`section` is the part whose clock runs, "" when it is paused; `kind` and `step` belong to the topic on screen.

    `struggling` says that most of the weighted results lie short: causes and support then come before the result. It is
    asked only where it matters.
    """

    section: str = ""
    kind: str = ""
    step: str = ""
    consensus: str = ""
    struggling: Callable[[], bool] = lambda: False
    over: bool = False
    topics_left: int = 0


@dataclass(frozen=True)
class Advice:
    say: Sentence
    why: Sentence


_OPENING = Advice(
    say("「今天我们先看做成了什么，再看哪里卡住了。你随时可以打断我。」"),
    say("先说清顺序，对方才不用一直等着听坏消息。"),
)
_OPENING_STRUGGLING = Advice(
    say("「这半年不顺，我想先听你说：最难的是哪一段？哪些不在你手里？」"),
    say("结果已经在资料里，不用先念一遍。先谈原因和支持，再谈结果。"),
)
_STEPS: Mapping[str, Advice] = {
    "facts": Advice(
        say("「我说的是这一次：哪天、什么事、带来什么。你记得的和我一样吗？」"),
        say("先对齐事实。没有事例，就先不谈判断。"),
    ),
    "causes": Advice(
        say("「先听你说：从开始到结束，你觉得卡在哪一步？」"),
        say("先问原因，再谈方向；不争对错。"),
    ),
    "feedback": Advice(
        say("「下一次遇到同样的情况，我希望看到的是……我这边能做的是……」"),
        say("问题、方向、支持三样一起说。支持写上日期，就成了你的承诺。"),
    ),
    "words": Advice(
        say("「你自己的说法请写在你那一栏，我不会改，一个字都不会。」"),
        say("等一等，给对方时间写。沉默也不用替他填满。"),
    ),
    "consensus": Advice(
        say("「这一点我们看法一致吗？一部分一致，或者先各自保留，都可以。」"),
        say("共识由两个人选，不由职位选。"),
    ),
    "actions": Advice(
        say("「那我们定一件事：谁做、到哪天、第三个人凭什么说做到了？」"),
        say("一件能验收的事，比三条态度有用。"),
    ),
    "done": Advice(
        say("「这个话题我们谈完了。还有没说的吗？没有就看下一个。」"),
        say("结束前问一句，常常能听到真正想说的。"),
    ),
}
_STRUGGLING: Mapping[str, Advice] = {
    "facts": Advice(
        say("「我只举一件事，不翻总账。说之前，你先讲讲当时的情况。」"),
        say("结果不好的时候，先听情况再看数字，一次只谈一件。"),
    ),
    "causes": Advice(
        say("「抛开结果：缺人、流程、目标、还是方法？哪一样先解决最有用？」"),
        say("先把不在对方手里的原因找出来，再谈对方能做的。"),
    ),
    "feedback": Advice(
        say("「我先说我能做什么，再说希望你试什么。」"),
        say("先给支持，再提要求；不用「再这样下去」一类的话。"),
    ),
}
_HIGHLIGHT: Mapping[str, Advice] = {
    "facts": Advice(
        say("「我想先说一件你做成的事，我看到的是……」"),
        say("从数据里挑一件具体的事，挂上证据。空泛的表扬和空泛的批评一样没用。"),
    ),
    "feedback": Advice(
        say("「你做了什么、带来了什么，我这样写，对吗？」"),
        say("写成一句话：动作加结果。让对方补一句自己最满意的地方。"),
    ),
    "consensus": Advice(
        say("「这件事换个人来做，最该照着你哪一步做？」"),
        say("好方法值得留下来。"),
    ),
    "done": Advice(
        say("「还有哪件事你觉得做得好，而我没看到？」"),
        say("对方自己提的亮点，往往比你准备的更准。"),
    ),
}
_GROWTH: Mapping[str, Advice] = {
    "feedback": Advice(
        say("「一年以后你想做到什么？我和部门能先给你哪一步？」"),
        say("写下谈定的方向；做不到的也说清原因和再谈的日期。"),
    ),
    "consensus": Advice(
        say("「这个方向你认可吗？有没有我没听到的？」"),
        say("发展支持是对方的时间，不压缩。"),
    ),
    "done": Advice(
        say("「这件事下次跟进时我们再看一眼。」"),
        say("说定什么时候回头看，就不会落空。"),
    ),
}
_RESERVED = Advice(
    say("「这一点我们先各写各的，不争对错。接下来怎么做，我们能定下什么？」"),
    say("两边的说法都会原样进记录。谈改进不需要先分出输赢。"),
)
_OVER = Advice(
    say("「这一段用得比原来多，我们再谈两分钟，还是把它留到后续面谈？」"),
    say("超时不要紧。可以借后面的分钟，对方的发展支持不压缩。"),
)
_PARTS: Mapping[str, Advice] = {
    "plan": Advice(
        say("「我们把说过的写成几件事：谁、什么、哪天、怎么算做到。」"),
        say("不在对方手里的原因，要有一件由你或别人承担的事。"),
    ),
    "support": Advice(
        say("「这一段是你的：你想往哪里走，需要我做什么？」"),
        say("这一段不借给别人。先听，再答。"),
    ),
}
EMPLOYEE: Mapping[str, Advice] = {
    "words": Advice(
        say("写下你看到的情况：发生了什么，卡在哪里，什么能帮到你。"),
        say("这一栏只有你能写，会原样进记录。"),
    ),
    "reserved": Advice(
        say("看法不同也可以。写清哪一处不同、你的依据。"),
        say("保留异议不影响接下来定的事，也不影响你以后提出异议。"),
    ),
}


def advise(moment: Moment) -> Advice:
    """What the manager can say now. Overrun comes first, once, calmly; then the topic's step; then the part."""
    if moment.over and moment.topics_left:
        return _OVER
    if moment.consensus == "reserved":
        return _RESERVED
    if moment.kind == "highlight" and moment.step in _HIGHLIGHT:
        return _HIGHLIGHT[moment.step]
    if moment.kind == "growth" and moment.step in _GROWTH:
        return _GROWTH[moment.step]
    if moment.kind == "improvement" and moment.step:
        if moment.step in _STRUGGLING and moment.struggling():
            return _STRUGGLING[moment.step]
        return _STEPS[moment.step]
    if moment.section in _PARTS:
        return _PARTS[moment.section]
    return _OPENING_STRUGGLING if moment.struggling() else _OPENING


# Words of the steps, for the topic list.
STEP_WORDS: Mapping[str, str] = {
    "facts": N_("还缺事实"),
    "causes": N_("还没选原因"),
    "feedback": N_("反馈还没写全"),
    "words": N_("等员工写自己的话"),
    "consensus": N_("还没选共识"),
    "actions": N_("还没定行动"),
    "done": N_("谈定了"),
}
