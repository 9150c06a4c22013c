"""Sentence frames: how clauses stand to each other, whatever words fill them.

A comparison often names nobody's fault: somebody else does it, *then* comes you. A threat may only set your pay
beside an open question. Help may be promised by a third person's name. Each frame found is one readable feature.
"""

from __future__ import annotations

import re

from .reading import Clause, Reading, Sentence

_YOU = {
    "zh": re.compile(r"[你您]|咱[们班店]|该员工|该同志"),
    "en": re.compile(r"\b(?:you|your|yours|yourself|you're|you've|you'd|you'll|u)\b"),
}
_YOU_FIRST = {
    "zh": re.compile(
        r"\s?(?:而|但|可|就|偏|偏偏|唯独|只有|独|轮到|到了?|换到?|换成|唯|单|咱|搁)?(?:[你您]|咱[们班店])"
    ),
    "en": re.compile(
        r"\W{0,3}(?:and |but |while |then |so |yet |here |there )?(?:there's |here |it's |with |for |at |on )?"
        r"(?:you|yours|your|you're|you've)\b"
    ),
}
_CONTRAST = {
    "zh": re.compile(
        r"还[在要得是没不用让老]|却|倒|反倒|反而|连|才|到现在|至今|磨|一个都|都没|都不|就[你您]|只[会能有]"
    ),
    "en": re.compile(r"\b(?:still|can't|cannot|need|needs|even|only|took|takes|are the|were|walked|not)\b"),
}
_OTHERS = {
    "zh": re.compile(
        r"人家|别人|旁人|别的|其他|其余|隔壁|对面|楼上|楼下|兄弟[单部工班]|友商|同批|同期|同届|同组|同样|同一[张条份]|一样的"
        r"|[一二三四五六七八九十甲乙丙丁东南西北][组班店部队区线科庭仓]|实习生|新来的|新人|轮岗|校招|刚来|临时工|保洁|学徒|徒弟"
        r"|全[行组班店厂队场院校公部科]|整[个层栋]|[老小阿][\u4e00-\u9fff](?![\u4e00-\u9fff]?[时组票学])|[\u4e00-\u9fff](?:姐|哥|师傅)|哪个不|谁不"
    ),
    "en": re.compile(
        r"\b(?:others?|everyone else|everybody else|anyone else|anybody else|nobody else|no one else|next door|next desk|next table"
        r"|the (?:trainee|intern|temp|apprentice|volunteers?|student|graduates?|new (?:hire|starter|intake|girl|guy|kid)|agency|contractors?"
        r"|night|day|late|early|weekend|northern|southern|eastern|western|outsourc\w+)|[a-e] (?:shift|team)|(?:pod|team|ward|gate|shift|crew|line|desk|branch|store|site) "
        r"(?:[a-e]|\d{1,3})\b|predecessor|last (?:foreman|manager|guy|person|year's)|at the \w+ (?:plant|site|branch|office|depot)|over at|elsewhere"
        r"|half the|most (?:people|teams)|people at your|people your|the rest of|the lads on|my (?:teenager|kid|son|daughter|gran\w*|niece|nephew)|competitors?|rivals?)"
    ),
}
_BEFORE_YOU = {
    "zh": re.compile(
        r"[你您]来之?前|[你您]接手[之以]?前|[你您]没来|上一?任|上[届个]班?[长任]|前任|原来的[^,。]{1,6}[在手]|从前的|以前的[^,。]{1,4}在|当年|换[作成了][^,。]{1,6}"
        r"|[^,。]{1,6}在的?时候?|[^,。]{1,4}手[里上]|头一?任|老[^,。]{1,4}那会儿"
    ),
    "en": re.compile(
        r"\bbefore you (?:came|joined|started|took|arrived)|\b(?:your )?predecessors?\b|\bused to\b|\bwhen [\w']+ (?:had|ran|was|did|held|led)\b"
        r"|\bthe last \w+ (?:here|in this|we had|to)\b|\blast \w+ here\b|\bin \w+'s day\b|\bprevious (?:\w+ )?(?:manager|lead|foreman|owner|person)\b"
    ),
}
_STANDING = {
    "zh": re.compile(
        r"工资|薪水|底薪|年薪|奖金|年终|绩效|提成|津贴|饭碗|端[^,。]{0,2}碗|铺盖|编制|名额|名单|合同|聘[用书任]|续[聘签约]|不续|续不续|工牌|工位|位[子置]|岗位|排班|下周的班"
        r"|转正|晋升|晋级|升职|优化|裁|离职|走人|走路|人力部?|hr|人事|档案|追责|追究|处分|董事会|背锅|这锅|窟窿|赔|罚|扣|交学费|点名|点谁"
    ),
    "en": re.compile(
        r"\b(?:jobs?|pay|salary|wages?|bonus|overtime|contract|renewal|badge|seats?|position|role|cv|career|redundan\w+|headcount|layoffs?"
        r"|applicants?|applications|replacements?|insurer|judge|pay packet|payslip|uniform|promotion|pay review|axe|chop|sack|fired|dole|savings"
        r"|depot cleaner|your name|clear your|pack|a list|the list)\b"
    ),
}
_IRONY = {
    "zh": re.compile(
        r"恭喜|佩服|厉害了|可真|真[行会能够]|倒是挺?|好[一个]个|敢情|请问|难不成|莫非|了不起|一大创举|高明|本事|白送|出名|是[打准]算|是等着|是不是觉得|用不用|要不要我|建议拿去|贡献"
    ),
    "en": re.compile(
        r"\b(?:congratulations|congrats|bravo|well done|lovely work|nice work|great job|good job|terrific|marvellous|wonderful|brilliant|fantastic|applause|take a bow|funny how"
        r"|remind me|do share|please do|perhaps we should|has anyone|did you|do you|can you|are you|was (?:that|hanging|it)|were you|were we|who (?:signed|told|let|approved|taught)"
        r"|is there a reason|supposed to|hope you enjoy|dying to|lucky|pleased with)\b"
    ),
}
_LIKENESS = {
    "zh": re.compile(
        r"像[^,。]{1,6}(?:似的|一样|似地)?|[^,。]{1,6}似的|属[^,。]{1,4}的|比[^,。]{1,6}还|一肚子|一身|一副|骨子里|浑身|满脑子|天生|生来|典型|十足|活脱脱|见[^,。]下菜|[\u4e00-\u9fff]得很|这种人|这人|此人|为人|做人|性子|脾气|心眼|心术|脸皮"
    ),
    "en": re.compile(
        r"^\W{0,2}(?:an?|the|all|too|so|pure|proper|bit of an?|such an?|total|utter|complete|real|biggest|bone)\b|\bas \w+ as an?\b|\blike an?\b|\b(?:of|than) an?\b|\bbone in\b|\bstreak\b|\bhe'?s\b|\bshe'?s\b"
        r"|\b(?:he|she) (?:has|is|simply|just|thinks|would|'d)\b|\bby nature\b|\bthrough and through\b|\bin it for\b|\bkind of (?:man|woman|person)\b|\btype who\b"
    ),
}
_THIRD_ACTS = {
    "zh": re.compile(
        r"(?:[老小阿][\u4e00-\u9fff]|[\u4e00-\u9fff]{1,3}(?:姐|哥|工|师傅|老师|主任|经理|组长|班长|队长|教练|书记|院长|园长|店长|干事|专员|博士|讲师|员)|[\u4e00-\u9fff]{2,6}(?:部|室|组|科|处|办|仓|院|所|中心|公司|那边|里|上|方)|it|hr|客服|财务|采购|仓里|内勤|保安|运维|品控|物业|总部|[a-z]{2,8}|同事|搭档|专家|师傅)"
        r"[^,。;!?]{0,10}?(?:会|来|给|把|帮|陪|教|带|负责|安排|同意|答应|已|跟|拷|留|装|派|配|借|调|送|盯|提醒|过来|驻|站在|替|拨|开给|挪|打开|排|接|协助|支援|住)"
    ),
    "en": re.compile(
        r"\b(?!(?:you|i|we|it|they|this|that|the \w+ was)\b)[a-z]+(?: (?:from|in|at|of) [a-z]+(?: [a-z]+)?)?,?(?: (?:the|our) [a-z]+,?)? "
        r"(?:will|is|are|has|have|'s|can|fits?|brings?|sits?|shows?|reviews?|gives?|takes?|stands?|echo\w*|moves?|comes?|hands?|lends?|sends?|runs?|keeps?|pairs?|joins?|teaches|walks?|listens?|coaches|covers?) "
        r"(?:\w+ ){0,6}?(?:you|your|yours|with|alongside|beside|for|a|an|the|through|in)\b"
    ),
}
_WITH_YOU = {
    "zh": re.compile(
        r"(?:陪|带|教|帮|给|替|跟|和|与|为|拷给|留给|派|配)[你您]|[你您](?:旁边|身边|们班|这边|一起)|留下来|过来帮|帮着|帮[你您]|提醒"
    ),
    "en": re.compile(
        r"\b(?:with|beside|alongside|behind|for|to|show|shows|teach|teaches|give|gives|lend|lends|lending|hand|hands|bring|brings|driving|bought|remind|reminds|ring) you\b|\bhas (?:a|an|agreed|already|cleared|pinned|blocked|put)\b|\bagreed to\b|\byou (?:get|have) (?:the|a|an)\b"
    ),
}


def _starts_with_you(text: str, clause: Clause, language: str) -> bool:
    return _YOU_FIRST[language].match(text, clause.start, clause.end) is not None


def frames_of(reading: Reading, sentences: list[Sentence]) -> set[str]:
    """``f:`` features of some sentences."""
    language, text = reading.language, reading.text
    you, others = _YOU[language], _OTHERS[language]
    found: set[str] = set()
    standing = irony = addressed = False
    other_before = False
    for at, sentence in enumerate(sentences):
        start, end = sentence.start, sentence.end
        addressed_here = you.search(text, start, end) is not None
        addressed |= addressed_here
        if _STANDING[language].search(text, start, end):
            standing = True
            found.add("f:standing")
            if addressed_here:
                found.add("f:your standing")
            if text[start:end].rstrip().endswith("?"):
                found.add("f:standing in question")
        if _IRONY[language].search(text, start, end):
            irony = True
            found.add("f:irony")
            if addressed_here:
                found.add("f:irony at you")
        if _LIKENESS[language].search(text, start, end):
            found.add("f:likeness")
            if len(sentence.clauses) == 1 and not addressed_here:
                found.add("f:likeness alone")
        before = _BEFORE_YOU[language].search(text, start, end)
        if before:
            found.add("f:before you")
        for clause in sentence.clauses:
            if _starts_with_you(text, clause, language):
                contrast = _CONTRAST[language].search(text, clause.start, clause.end)
                if other_before:
                    found.add("f:others, then you")
                    if contrast:
                        found.add("f:others, then you, in contrast")
                if contrast:
                    found.add("f:you in contrast")
                other_before = False
            elif others.search(text, clause.start, clause.end):
                found.add("f:others")
                other_before = True
        if _THIRD_ACTS[language].search(text, start, end):
            found.add("f:third acts")
            if at:
                found.add("f:third acts later")
        if _WITH_YOU[language].search(text, start, end):
            found.add("f:with you")
            if at:
                found.add("f:with you later")
    if addressed:
        found.add("f:you")
    if standing and irony:
        found.add("f:standing and irony")
    if sentences and text[sentences[-1].end - 1] == "?":
        found.add("f:ends in a question")
    return found
