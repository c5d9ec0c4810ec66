"""What takes the role of Rasa's parts here, in English and Chinese. Sentences, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "zh"]
Kind = Literal["same", "differs", "ignored", "missing", "look"]
Text = Mapping[Language, str]


def both(en: str, zh: str) -> Text:
    """Return a sentence in both languages."""
    return {"en": en, "zh": zh}


KINDS: Final[Mapping[Kind, Text]] = {
    "same": both("same", "一致"),
    "differs": both("differs", "不同"),
    "ignored": both("no effect", "无作用"),
    "missing": both("missing", "缺少"),
    "look": both("please check", "请检查"),
}
_ENCODER = both(
    "not run: Frontdesk's own sentence encoders (English, and one for other languages) take its"
    " place; no model is downloaded",
    "不会运行：由 Frontdesk 自带的句子编码器（英语一个，其他语言一个）代替；不下载任何模型",
)
_TOKENIZER = both(
    "Frontdesk's tokenizer, chosen by the language of each message",
    "由 Frontdesk 的分词器代替，按每条消息的语言选择",
)
_LINEAR = both(
    "a calibrated linear classifier over sentence embeddings and n-grams",
    "由句向量与 n-gram 之上、经过校准的线性分类器代替",
)
_SAME = both("same behaviour", "行为一致")
COMPONENTS: Final[Mapping[str, tuple[Kind, Text]]] = {
    "WhitespaceTokenizer": ("same", _TOKENIZER),
    "rasa_chinese.nlu.tokenizers.lm_tokenizer.LanguageModelTokenizer": ("differs", _TOKENIZER),
    "rasa_chinese.nlu.tokenizers.LanguageModelTokenizer": ("differs", _TOKENIZER),
    "JiebaTokenizer": (
        "differs",
        both("jieba, too, but without blank tokens", "同样使用 jieba，但不产生空白词"),
    ),
    "SpacyTokenizer": ("differs", _TOKENIZER),
    "MitieTokenizer": ("differs", _TOKENIZER),
    "SpacyNLP": ("differs", _ENCODER),
    "MitieNLP": ("differs", _ENCODER),
    "SpacyFeaturizer": ("differs", _ENCODER),
    "MitieFeaturizer": ("differs", _ENCODER),
    "ConveRTFeaturizer": ("differs", _ENCODER),
    "LanguageModelFeaturizer": ("differs", _ENCODER),
    "RegexFeaturizer": ("same", _SAME),
    "LexicalSyntacticFeaturizer": (
        "differs",
        both(
            "the entity model always looks at word shapes, prefixes and suffixes",
            "实体模型总会查看词形、前缀与后缀",
        ),
    ),
    "CountVectorsFeaturizer": ("same", _SAME),
    "DIETClassifier": (
        "differs",
        both(
            "intents by a calibrated classifier over sentence embeddings, entities by a model of"
            " word sequences; trained in seconds, so epochs and network sizes do not matter",
            "意图由句向量之上的校准分类器识别，实体由词序列模型识别；训练只需数秒，轮数与网络规模不再重要",
        ),
    ),
    "LogisticRegressionClassifier": ("same", _LINEAR),
    "SklearnIntentClassifier": ("differs", _LINEAR),
    "MitieIntentClassifier": ("differs", _LINEAR),
    "KeywordIntentClassifier": ("same", _SAME),
    "CRFEntityExtractor": ("same", both("CRFsuite, too", "同样使用 CRFsuite")),
    "RegexEntityExtractor": ("same", _SAME),
    "SpacyEntityExtractor": (
        "differs",
        both(
            "entities are learnt from the project's examples; times and amounts have a parser",
            "实体从项目自己的样例学习；时间与金额由内置解析器识别",
        ),
    ),
    "MitieEntityExtractor": (
        "differs",
        both("CRFsuite learns from the same examples", "由 CRFsuite 从同样的样例学习"),
    ),
    "DucklingEntityExtractor": (
        "same",
        both(
            "asks the server at `url`; without one, Frontdesk's own parser is used",
            "询问 `url` 处的服务；没有 url 时使用内置解析器",
        ),
    ),
    "EntitySynonymMapper": ("same", _SAME),
    "ResponseSelector": (
        "differs",
        both(
            "chooses by the nearest examples of each response key",
            "按每个回复键最相近的样例来选择",
        ),
    ),
    "FallbackClassifier": (
        "differs",
        both(
            "same rule, but confidences are calibrated: check `threshold` with your own messages",
            "规则相同，但置信度经过校准：请用自己的消息检验 `threshold`",
        ),
    ),
}
POLICIES: Final[Mapping[str, tuple[Kind, Text]]] = {
    "RulePolicy": (
        "same",
        both(
            "same decisions; contradictions are told before anything is trained",
            "决策一致；矛盾在训练开始之前就会指出",
        ),
    ),
    "MemoizationPolicy": ("same", _SAME),
    "AugmentedMemoizationPolicy": ("same", _SAME),
    "TEDPolicy": (
        "differs",
        both(
            "a smaller transformer in its role: confidences differ, epochs may mean less",
            "由较小的 transformer 承担：置信度不同，轮数的意义较小",
        ),
    ),
    "UnexpecTEDIntentPolicy": (
        "differs",
        both(
            "its role, with thresholds of its own; `action_unlikely_intent` comes at other turns",
            "角色相同，阈值自行学习；`action_unlikely_intent` 会在不同的轮次出现",
        ),
    ),
}
CUSTOM_CLASS: Final = both(
    "your own class: it runs under Frontdesk's contract, not Rasa's; see bot/README.md",
    "这是您自己的类：须符合 Frontdesk 的接口而非 Rasa 的；见 bot/README.md",
)
RASA_IMPORT: Final = both(
    "imports `rasa`, which is not installed here; custom actions need `rasa_sdk` only",
    "导入了 `rasa`，而这里没有安装；自定义动作只需要 `rasa_sdk`",
)
SLOT_CLASS: Final = both(
    "a slot class of your own is not run; the slot behaves as `any`",
    "自定义槽类不会运行；该槽按 `any` 处理",
)
GREEDY_SLOT: Final = both(
    "as in Rasa: a `from_text` mapping without `conditions` takes every message, in forms or not",
    "与 Rasa 相同：没有 `conditions` 的 `from_text` 会取走每一条消息，无论是否在表单中",
)
AUTO_CONFIG: Final = both(
    "is missing: Frontdesk's defaults are used and written there as comments when you train",
    "缺失：使用 Frontdesk 的默认值，并在训练时以注释写入",
)
CHANNEL_HERE: Final = both("this channel is here, too", "这里也有这个渠道")
CHANNEL_CUSTOM: Final = both(
    "a channel class of your own: it needs Frontdesk's contract; see connectors/README.md",
    "自定义渠道类：须符合 Frontdesk 的接口；见 connectors/README.md",
)
CHANNEL_MISSING: Final = both(
    "this channel is not built yet: its messages will not arrive",
    "这个渠道尚未实现：其消息不会到达",
)
STORES: Final[Mapping[str, tuple[Kind, Text]]] = {
    "sql": (
        "differs",
        both(
            "Frontdesk keeps its own store (`store:` in config.yml); take the history over with"
            " `frontdesk import-conversations`",
            "Frontdesk 使用自己的存储（config.yml 的 `store:`）；历史可用"
            " `frontdesk import-conversations` 导入",
        ),
    ),
    "inmemorytrackerstore": (
        "differs",
        both("conversations survive a restart here", "这里的会话在重启后仍然保留"),
    ),
}
STORE_MISSING: Final = both(
    "this kind of tracker store is not read; Frontdesk keeps its own store, and the history stays"
    " behind unless you copy it into a table `events` first",
    "不读取这种 tracker store；Frontdesk 使用自己的存储，历史须先复制到 `events` 表才能导入",
)
SECTIONS: Final[Mapping[str, tuple[Kind, Text]]] = {
    "action_endpoint": (
        "same",
        both("the same action server is called, with retries", "调用同一个动作服务，并带重试"),
    ),
    "nlg": ("same", both("the same NLG server is asked", "询问同一个 NLG 服务")),
    "nlu": ("same", both("the same NLU server is asked", "询问同一个 NLU 服务")),
    "lock_store": (
        "ignored",
        both(
            "not needed: the database orders the messages of a conversation",
            "不需要：由数据库保证会话内消息的顺序",
        ),
    ),
    "models": (
        "look",
        both(
            "packages of Rasa cannot be loaded; serve packages that `frontdesk train` made",
            "无法加载 Rasa 的模型包；请提供由 `frontdesk train` 生成的包",
        ),
    ),
}
BROKER_FILE: Final = both(
    "`frontdesk export` writes to it; events are not sent while the server runs",
    "由 `frontdesk export` 写入；服务运行时不会实时发送",
)
BROKER_MISSING: Final = both(
    "this event broker is not supported; `frontdesk export --out FILE` writes the same events",
    "不支持这种事件代理；`frontdesk export --out FILE` 可写出同样的事件",
)
OLD_DATA: Final = both(
    "only YAML is read: convert this file first with `frontdesk data convert nlu`",
    "只读取 YAML：请先用 `frontdesk data convert nlu` 转换此文件",
)
OLD_MODEL: Final = both(
    "a model trained by Rasa is not loaded; run `frontdesk train`",
    "由 Rasa 训练的模型不会被加载；请运行 `frontdesk train`",
)
IMPORTER: Final = both(
    "an importer of your own is not run; the files of the project are read as usual",
    "自定义 importer 不会运行；项目文件照常读取",
)
RECIPE: Final = both("only the recipe `default.v1` is supported", "只支持 `default.v1`")
REMINDERS: Final = both(
    "reminders are kept in the database and survive a restart",
    "提醒保存在数据库中，重启后仍然有效",
)
VERDICTS: Final[Mapping[str, Text]] = {
    "ready": both(
        "Verdict: ready. `frontdesk train`, then `frontdesk run`.",
        "结论：可以直接使用。先 `frontdesk train`，再 `frontdesk run`。",
    ),
    "check": both(
        "Verdict: trains and runs; check the {count} places above first.",
        "结论：可以训练和运行；请先检查上面的 {count} 处。",
    ),
    "blocked": both(
        "Verdict: {count} mistakes stop the project from loading (Rasa refuses most of them, too).",
        "结论：有 {count} 处错误使项目无法加载（其中大多数 Rasa 也会拒绝）。",
    ),
}
