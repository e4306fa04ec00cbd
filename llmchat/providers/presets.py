"""The OpenAI-compatible services, one row of data each; fields that are not set are as for OpenAI.

A row is read by the provider (what is sent), by `llmchat auth` (regions, the page for creating
keys), by the settings (the usual key variables) and by docs/providers.md, which a test compares.

Why: docs/decisions/0018-mistral-is-not-asked-for-usage.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple


class Region(NamedTuple):
    """The same service in another region, with separate keys."""

    name: str
    base_url: str
    key_page: str


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    base_url: str
    access: Literal["key", "local"] = "key"
    keys: tuple[str, ...] = ()  # environment variables that usually contain a key
    key_page: str = ""  # where a person creates one
    model: str = ""  # the default; without one the first of the server's list
    region: str = ""
    country: str = ""  # of a service for one country
    twin: Region | None = None
    asks_usage: bool = True  # with `stream_options`, which some servers refuse
    length_field: str = "max_tokens"  # the other spelling is renamed to this one
    thinks: bool = False  # by default, unless --effort none
    thinking: str = ""  # how an effort is sent: a row of effort.DIALECTS
    tools: bool = True
    tool_choice: Literal["any", "auto"] = "any"
    tool_stream: bool = False  # calls stream only when asked to
    strict_tools: bool = False  # `strict` of a function, which some services refuse
    call_ids: str = ".{1,64}"  # what the id of a call must look like; others are translated
    signs_calls: bool = False  # and wants its signature back (`extra_content`)
    thinks_after_calls: bool = True  # else it wants back thoughts that it does not show
    returns_reasoning: bool = False  # `reasoning_content` goes back with a turn that has calls
    schema: Literal["json_schema", "json_object", ""] = "json_schema"
    images: bool = True
    key_header: str = ""  # a header for the key in addition to `Authorization`
    headers: Mapping[str, str] = field(default_factory=dict)
    key_check: str = "/models"  # a path that refuses a wrong key
    hints: Mapping[str, str] = field(default_factory=dict)  # for error codes of this service

    @property
    def port(self) -> int | None:
        """The port where a local server usually listens."""
        # Imported here because these rows are loaded at every start.
        from urllib.parse import urlsplit

        return urlsplit(self.base_url).port if self.access == "local" else None

    def address(self, region: str = "") -> str:
        """The address in a region; without a region the preset's own."""
        return self.twin.base_url if self.twin and region == self.twin.name else self.base_url


CHINA = "mainland China"
ABROAD = "international"
RUSSIA = "Russia"
CODING = "if this is a GLM Coding Plan key, use -p zai-coding; "
NO_BALANCE = {"1113": CODING + "otherwise top up, or use -m glm-4.7-flash, which is free"}
NO_PLAN = {"1113": "if this is not a GLM Coding Plan key, use -p zai; otherwise renew the plan"}
ZAI_PAGE = "https://z.ai/manage-apikey/apikey-list"
BIGMODEL_PAGE = "https://open.bigmodel.cn/usercenter/apikeys"
DASHSCOPE_PAGE = "https://bailian.console.aliyun.com/?tab=model#/api-key"
DASHSCOPE_INTL_PAGE = "https://modelstudio.console.alibabacloud.com/?tab=model#/api-key"
ZAI = Region(ABROAD, "https://api.z.ai/api/paas/v4", ZAI_PAGE)
BIGMODEL = Region(CHINA, "https://open.bigmodel.cn/api/paas/v4", BIGMODEL_PAGE)
QWEN = Region(CHINA, "https://dashscope.aliyuncs.com/compatible-mode/v1", DASHSCOPE_PAGE)
QWEN_INTL = Region(
    ABROAD, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", DASHSCOPE_INTL_PAGE
)
KIMI = Region(ABROAD, "https://api.moonshot.ai/v1", "https://platform.moonshot.ai/console/api-keys")
KIMI_CN = Region(
    CHINA, "https://api.moonshot.cn/v1", "https://platform.moonshot.cn/console/api-keys"
)


TWINS = ((ZAI, BIGMODEL), (QWEN, QWEN_INTL), (KIMI, KIMI_CN))
# What a preset says about its own region and the other one.
AT: Mapping[Region, Mapping[str, Any]] = {
    home: {
        "base_url": home.base_url,
        "region": home.name,
        "key_page": home.key_page,
        "twin": twin,
    }
    for one, other in TWINS
    for home, twin in ((one, other), (other, one))
}

GLM = Preset(
    "Z.ai (GLM)",
    **AT[ZAI],
    keys=("ZAI_API_KEY", "Z_AI_API_KEY"),
    model="glm-4.7-flash",
    asks_usage=False,  # it sends the usage without being asked
    thinks=True,
    thinking="glm",
    tool_choice="auto",
    tool_stream=True,
    returns_reasoning=True,
    schema="json_object",
    hints=NO_BALANCE,
)
DASHSCOPE = Preset(
    "Qwen (DashScope)",
    **AT[QWEN],
    keys=("DASHSCOPE_API_KEY",),
    model="qwen-plus",
    thinking="qwen",
    schema="json_object",
)
MOONSHOT = Preset(
    "Moonshot (Kimi)",
    **AT[KIMI],
    keys=("MOONSHOT_API_KEY",),
    model="kimi-k2.6",
    length_field="max_completion_tokens",
    thinks=True,
    thinking="kimi",
    returns_reasoning=True,
)
PRESETS = {
    "openai": Preset(
        "OpenAI",
        "https://api.openai.com/v1",
        keys=("OPENAI_API_KEY",),
        key_page="https://platform.openai.com/api-keys",
        length_field="max_completion_tokens",
        thinking="openai",
        strict_tools=True,
        call_ids=".{1,40}",
    ),
    "anthropic": Preset(
        "Anthropic",
        "https://api.anthropic.com/v1",
        keys=("ANTHROPIC_API_KEY",),
        key_page="https://console.anthropic.com/settings/keys",
        model="claude-sonnet-4-6",
        thinking="anthropic",
        call_ids="[A-Za-z0-9_-]{1,64}",
        thinks_after_calls=False,
        schema="",
        # Needed for the list of models, which is outside the compatible API.
        key_header="x-api-key",
        headers={"anthropic-version": "2023-06-01"},
    ),
    "gemini": Preset(
        "Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        key_page="https://aistudio.google.com/apikey",
        model="gemini-flash-latest",
        thinks=True,
        thinking="gemini",
        signs_calls=True,
    ),
    "zai": GLM,
    "zai-coding": replace(
        GLM,
        label="Z.ai (GLM Coding Plan)",
        base_url="https://api.z.ai/api/coding/paas/v4",
        twin=Region(CHINA, "https://open.bigmodel.cn/api/coding/paas/v4", BIGMODEL_PAGE),
        model="glm-4.7",
        hints=NO_PLAN,
    ),
    "bigmodel": replace(
        GLM,
        label="BigModel (GLM)",
        **AT[BIGMODEL],
        keys=("BIGMODEL_API_KEY", "ZHIPUAI_API_KEY"),
    ),
    "deepseek": Preset(
        "DeepSeek",
        "https://api.deepseek.com/v1",
        keys=("DEEPSEEK_API_KEY",),
        key_page="https://platform.deepseek.com/api_keys",
        model="deepseek-flash",
        thinks=True,
        thinking="deepseek",
        returns_reasoning=True,
        schema="json_object",
    ),
    "qwen": DASHSCOPE,
    "qwen-intl": replace(
        DASHSCOPE,
        label="Qwen (Model Studio)",
        **AT[QWEN_INTL],
    ),
    "moonshot": MOONSHOT,
    "moonshot-cn": replace(
        MOONSHOT,
        label="Moonshot (Kimi, China)",
        **AT[KIMI_CN],
    ),
    "siliconflow": Preset(
        "SiliconFlow",
        "https://api.siliconflow.cn/v1",
        keys=("SILICONFLOW_API_KEY",),
        key_page="https://cloud.siliconflow.cn/account/ak",
        model="deepseek-ai/DeepSeek-V4-Flash",
        region=CHINA,
        twin=Region(
            ABROAD, "https://api.siliconflow.com/v1", "https://cloud.siliconflow.com/account/ak"
        ),
        thinks=True,
        thinking="siliconflow",
        schema="json_object",
    ),
    "yandex": Preset(
        "Yandex AI Studio",
        "https://llm.api.cloud.yandex.net/v1",
        keys=("YANDEX_API_KEY",),
        key_page="https://aistudio.yandex.ru",
        country=RUSSIA,
        thinking="yandex",
        images=False,
    ),
    "openrouter": Preset(
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        keys=("OPENROUTER_API_KEY",),
        key_page="https://openrouter.ai/settings/keys",
        model="openrouter/auto",
        thinking="openrouter",
        key_check="/key",  # the list of models needs no key
    ),
    "groq": Preset(
        "Groq",
        "https://api.groq.com/openai/v1",
        keys=("GROQ_API_KEY",),
        key_page="https://console.groq.com/keys",
        model="openai/gpt-oss-20b",
        length_field="max_completion_tokens",
        thinking="groq",
    ),
    "mistral": Preset(
        "Mistral",
        "https://api.mistral.ai/v1",
        keys=("MISTRAL_API_KEY",),
        key_page="https://console.mistral.ai/api-keys",
        model="mistral-small-latest",
        asks_usage=False,
        thinking="mistral",
        call_ids="[A-Za-z0-9]{9}",
    ),
    "xai": Preset(
        "xAI",
        "https://api.x.ai/v1",
        keys=("XAI_API_KEY",),
        key_page="https://console.x.ai",
        model="grok-4.3",
        length_field="max_completion_tokens",
        thinks=True,
        thinking="xai",
    ),
    "ollama": Preset("Ollama", "http://127.0.0.1:11434/v1", access="local", thinking="usual"),
    "lmstudio": Preset("LM Studio", "http://127.0.0.1:1234/v1", access="local", thinking="usual"),
    "llamacpp": Preset(
        "llama.cpp", "http://127.0.0.1:8080/v1", access="local", thinking="chat-template"
    ),
    "vllm": Preset("vLLM", "http://127.0.0.1:8000/v1", access="local", thinking="chat-template"),
}
