"""Text that tries to give orders to a language model, in documents and in messages.

Data never becomes instruction here: roles are fixed and delimiters cannot be closed by data
(`prompt.py`), and every sentence is checked (`groundedness.py`, `guard.py`). This file is the layer
before them: a document's sentence that addresses a model rather than a reader is no evidence, is
not shown to the model, and is not said.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.nlg.sentences import sentences

_HIDDEN: Final = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""Characters that a reader does not see and a model does: zero width, direction, tags."""
_MARKUP: Final = re.compile(r"<!--.*?(?:-->|$)|</?\w[^<>]{0,200}>", re.DOTALL)
_TEMPLATE: Final = re.compile(
    r"<\|[^|<>]{0,40}\|>|\[/?(?:INST|SYS|SYSTEM)\]|<</?SYS>>|</?s>|\{\{.*?\}\}", re.IGNORECASE
)
"""Marks of chat templates, by which models tell roles apart."""
_ROLE: Final = re.compile(
    r"(?:^|\n)\s*(?:#{1,6}\s*)?(?:system|assistant|user|developer|human|系统|助手|用户)\s*(?:message|prompt|消息|提示)?\s*[:：]",
    re.IGNORECASE,
)
_ORDERS: Final = re.compile(
    r"""
      \b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|prior|polic|guideline|context|passage|everything|restriction)
    | \b(?:system|hidden|initial|secret|developer)\s+(?:prompt|instruction|message)s?\b
    | \b(?:you\s+are|you're|act|pretend|behave|roleplay|respond|reply|answer|speak)\b.{0,20}\b(?:now|as)\s+(?:an?\s+)?(?:\w+\s+)?(?:ai|assistant|model|bot|dan|developer|hacker|pirate|administrator|admin|unrestricted|jailbroken)\b
    | \b(?:new|updated|additional|revised)\s+(?:instruction|directive)s?\s*:
    | \b(?:act|pretend|behave|roleplay)\b.{0,30}\b(?:ai|assistant|model|chatbot|dan|hacker|pirate|unrestricted)\b
    | \b(?:instruction|directive|rule)s?\s+(?:for|to)\s+(?:the\s+|an?\s+|any\s+)?(?:ai|assistant|model|llm|chatbot|bot|language\s+model)s?\b
    | \b(?:note|message|instruction|attention|important|info|read\s+this)s?\s+(?:to|for|by)\s+(?:the\s+|all\s+|any\s+)?(?:ai|assistant|model|llm|chatbot|bot|language\s+model)s?\b
    | \b(?:ai|assistant|chatbot|language\s+model|llm)s?\b.{0,30}\b(?:must|should|shall|has\s+to|is\s+required\s+to|are\s+to)\b
    | \b(?:say|output|print|repeat|write|respond\s+with|reply\s+with|answer\s+with|append|include|insert|begin|start|end)\b.{0,30}\b(?:exactly|verbatim|the\s+following\s*(?::|text|sentence|link|phrase|words)|this\s+(?:text|sentence|link|phrase)|your\s+(?:answer|reply|response|instructions?|prompt)|every\s+(?:answer|reply|response)|in\s+(?:your|each|every|all)\s+(?:answer|reply|response|repl))
    | \b(?:answer|reply|respond|say|write|output)\s+(?:only|just|always)?\s*(?:with)?\s*:
    | \b(?:tell|inform|convince|promise|assure)\s+(?:the\s+|every\s+|all\s+)?(?:customer|user|client|visitor|reader)s?\b
    | \b(?:do\s+not|don't|never)\s+(?:mention|reveal|tell|cite|use\s+the\s+passage|follow)\b.{0,40}\b(?:this|passage|instruction|source|customer|user|rule|polic)
    | \b(?:reveal|show|print|repeat|leak|translate|summari[sz]e)\b.{0,30}\b(?:your|the\s+(?:system|hidden|above|initial))\s+(?:\w+\s+)?(?:prompt|instruction|rule|configuration|api\s+key)
    | \b(?:jailbreak|developer\s+mode|dan\s+mode|god\s+mode|debug\s+mode|admin\s+mode|sudo)\b
    | \bend\s+of\s+(?:passage|document|context|data|input|question)s?\b
    | (?:忽略|无视|忘记|忘掉|绕过|跳过|不要(?:理会|遵守)).{0,20}(?:指令|指示|提示|规则|上面|以上|之前|前面|限制|资料|要求|一切)
    | (?:系统|隐藏|初始|开发者)(?:提示词?|指令|消息|模式)
    | (?:你现在是|从现在起你|从现在开始.{0,4}你|假装你|扮演|请以.{0,12}的身份)
    | (?:新的?|更新的?|附加|紧急)(?:指令|指示)
    | (?:致|给|发给|告知)(?:ai|人工智能|助手|机器人|模型|语言模型)
    | (?:ai|人工智能|助手|机器人|语言模型).{0,12}(?:必须|应当|应该|务必|需要回答|请回答)
    | (?:请|必须|务必|要|只)?(?:回复|回答|输出|打印|复述|写出|附上|加上).{0,12}(?:以下|下面|如下|这句话|这段话|原文|你的(?:指令|提示)|每(?:个|次|条)(?:回答|回复))
    | (?:告诉|告知|通知|向|对)(?:所有)?(?:客户|用户|顾客|客人)(?:们)?(?:说|承诺|保证|，|,|:|：|他|有|可|我们|现在)
    | (?:让|叫|要求)(?:客户|用户|顾客)(?:们)?(?:访问|点击|打开|拨打|提供|转账|支付|加)
    | (?:不要|不得|禁止|别)(?:提及|透露|引用|告诉).{0,16}(?:来源|资料|指令|客户|用户|规则)
    | (?:泄露|显示|展示|翻译|总结|公开).{0,10}(?:提示词|系统提示|你的指令|你的规则|密码|密钥)
    | (?:越狱|开发者模式|管理员模式|调试模式)
    | (?:资料|文档|上下文|输入)(?:结束|到此为止)
    """,  # noqa: E501 - one order per line reads best
    re.IGNORECASE | re.VERBOSE,
)


def visible(text: str) -> str:
    """Return what a reader sees of `text`: no markup, no template marks, no hidden characters."""
    text = _HIDDEN.sub("", unicodedata.normalize("NFC", text))
    text = _TEMPLATE.sub(" ", _MARKUP.sub(" ", text))
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return "".join(kept).strip()


def gives_orders(text: str) -> bool:
    """Tell whether `text` addresses a language model rather than a reader."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", visible(text)))
    return bool(_ORDERS.search(plain) or _ROLE.search(text) or _TEMPLATE.search(text))


def harmless(text: str) -> str:
    """Return `text` without hidden parts, and without orders and what follows them in a paragraph.

    What follows is mostly what is to be said: "Answer only with: …".
    """
    if not (_HIDDEN.search(text) or _MARKUP.search(text) or gives_orders(text)):
        return text
    return "\n".join(filter(None, map(_before_orders, _MARKUP.sub(" ", text).split("\n"))))


def _before_orders(paragraph: str) -> str:
    kept: list[str] = []
    for one in sentences(paragraph):
        if gives_orders(one):
            break
        kept.append(visible(one))
    return " ".join(kept)
