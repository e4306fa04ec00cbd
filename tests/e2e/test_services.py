"""The four services' own ways to fail: bans, login walls, quotas, pages without tokens."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.faults import Fault, Outcome, each, judge
from tests.e2e.frames import frame
from tests.servers.scripted import HTML, JSON, TEXT, Script, Visit, always, chunked, head, whole

BAN = "sorry, 您的ip已由于触发防滥用检测而被封禁,本服务网址是https://chat18.aichatos8.com 广告"
TRAFFIC = "流量异常,请尝试更换网络环境"
WALL = "<!DOCTYPE html><html><body>Log in</body></html>"
CHALLENGE = "<html><head><title>Just a moment...</title></head></html>"
TOKENS = '<div data-nonce="a1b2c3d4e5" data-post-id="22"></div>'
GIGAKEY = "MGExYjJjM2QtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDA6c2VjcmV0LWNhbmFyeS1vZi1nNw=="


def raw(text: str | bytes, content_type: str = TEXT) -> Script:
    return always(whole(text, content_type))


def yqcloud(name: str, script: Script, code: int, kind: str, says: str = "", **rest: Any) -> Fault:
    return Fault(name, script, code, kind, says, provider="yqcloud", **rest)


async def _cut_raw(visit: Visit) -> None:
    body = "Привет".encode()
    await visit.send(head(200, TEXT, content_length=400) + body[:9], pause=0.1)


async def _ban_in_pieces(visit: Visit) -> None:
    pieces = chunked([bytes([b]) for b in BAN.encode()])
    await visit.send(head(200, TEXT, transfer_encoding="chunked") + pieces)


YQCLOUD = (
    yqcloud("yqcloud answers", raw("Привет, 你好!\n"), 0, "", out="Привет, 你好!\n"),
    yqcloud("yqcloud: banned", raw(BAN), 8, "blocked", "blocked your IP"),
    yqcloud("yqcloud: banned byte by byte", _ban_in_pieces, 8, "blocked", "blocked your IP"),
    yqcloud("yqcloud: banned in capitals", raw(BAN.replace("sorry", "Sorry")), 8, "blocked"),
    yqcloud("yqcloud: banned after a mark", raw(b"\xef\xbb\xbf\n" + BAN.encode()), 8, "blocked"),
    yqcloud("yqcloud: odd traffic", raw(TRAFFIC), 8, "blocked", "traffic"),
    yqcloud("yqcloud: the beginning of a ban", raw("sorry, 您"), 0, "", out="sorry, 您\n"),
    yqcloud("yqcloud: sorry for itself", raw("sorry, I can not"), 0, "", out="sorry, I can not\n"),
    yqcloud("yqcloud: quotes the ban", raw(f"They say {BAN}"), 0, "", out=f"They say {BAN}\n"),
    yqcloud("yqcloud: a page", raw(WALL), 8, "no_answer", "web page"),
    yqcloud("yqcloud: a page with blanks", raw("\n\n  <html><body>x"), 8, "no_answer"),
    yqcloud("yqcloud: a JSON error", raw('{"code":500,"message":"quota"}', JSON), 8, "no_answer"),
    yqcloud("yqcloud: JSON that was asked for", raw('{"a": 1}'), 0, "", out='{"a": 1}\n'),
    yqcloud("yqcloud: an empty body", raw(b""), 8, "empty_answer"),
    yqcloud("yqcloud: blanks", raw("  \n \n"), 8, "empty_answer"),
    yqcloud("yqcloud: cut", _cut_raw, 10, "incomplete", out="Прив\n"),
    yqcloud("yqcloud: 404", always(whole("no", TEXT, status=404)), 8, "unavailable", asked=1),
    yqcloud("yqcloud: 403", always(whole("no", TEXT, status=403)), 8, "blocked", asked=1),
    yqcloud(
        "yqcloud: 429", always(whole("", TEXT, status=429, retry_after="9000")), 7, "rate_limit"
    ),
)


def glm(text: str = "", status: str = "init", **more: Any) -> bytes:
    parts = [{"logic_id": "l1", "content": [{"type": "text", "text": text}], "status": status}]
    return frame({"parts": parts if text else [], "status": status, **more})


def chatglm(
    name: str, body: bytes | Script, code: int, kind: str, says: str = "", **rest: Any
) -> Fault:
    script = always(whole(body)) if isinstance(body, bytes) else body
    return Fault(name, script, code, kind, says, provider="chatglm", **rest)


QUOTA = {
    "status": 500,
    "message": "您已多次体验过对话, 请登录后继续使用",
    "result": None,
    "rid": "r",
}
BUSY = {"status": 10061, "message": "请等待其他对话生成完毕"}
CHATGLM = (
    chatglm("chatglm answers", glm("Hel") + glm("Hello!", "finish"), 0, "", out="Hello!\n"),
    chatglm(
        "chatglm: guest quota", always(whole(QUOTA)), 4, "auth", "requires a login", hint="zai"
    ),
    chatglm("chatglm: busy", always(whole(BUSY)), 7, "rate_limit"),
    chatglm(
        "chatglm: busy with 429",
        always(whole(BUSY, status=429, retry_after="900")),
        7,
        "rate_limit",
    ),
    chatglm(
        "chatglm: other JSON",
        always(whole({"status": 40011, "message": "sign"})),
        8,
        "service",
        "sign",
    ),
    chatglm("chatglm: a page", always(whole(WALL, HTML)), 8, "no_answer"),
    chatglm("chatglm: zero bytes", b"", 8, "empty_answer"),
    chatglm("chatglm: only the first frame", glm(), 10, "incomplete", state="incomplete"),
    chatglm(
        "chatglm: no finish", glm("Hel") + glm("Hello"), 10, "incomplete", out="Hello\n", asked=1
    ),
    chatglm("chatglm: finish without a text", glm() + glm(status="finish"), 8, "empty_answer"),
    chatglm(
        "chatglm: error frame",
        glm(status="error", last_error={"err_msg": "broken"}),
        8,
        "service",
        "broken",
    ),
    chatglm(
        "chatglm: error after a text",
        glm("Hel") + glm(status="error", last_error={"err_msg": "broken"}),
        10,
        "incomplete",
        "broken",
        out="Hel\n",
    ),
    chatglm(
        "chatglm: the filter steps in",
        glm("Hel") + glm(status="intervene", last_error={"intervene_text": "not that"}),
        9,
        "filter",
        "not that",
        out="Hel\n",
    ),
    chatglm("chatglm: 405 with a page", always(whole(WALL, HTML, status=405)), 8, "no_answer"),
)


def chatgptt(
    name: str, reply: bytes, code: int, kind: str, says: str = "", page: bytes = b"", **rest: Any
) -> Fault:
    async def script(visit: Visit) -> None:
        first = page or whole(TOKENS, HTML, connection="close")
        await visit.send(first if visit.asked.method == "GET" else reply)

    return Fault(name, script, code, kind, says, provider="chatgptt", **rest)


def plugin(**data: Any) -> bytes:
    return whole(data)


GOOD = plugin(status="success", data="Hello!")
CHATGPTT = (
    chatgptt("chatgptt answers", GOOD, 0, "", out="Hello!\n", asked=2),
    chatgptt("chatgptt: no tokens", GOOD, 8, "page_tokens", page=whole(WALL, HTML), asked=1),
    chatgptt(
        "chatgptt: Cloudflare at 403",
        GOOD,
        8,
        "blocked",
        "Cloudflare",
        page=whole(CHALLENGE, HTML, status=403),
    ),
    chatgptt(
        "chatgptt: Cloudflare at 200", GOOD, 8, "blocked", "Cloudflare", page=whole(CHALLENGE, HTML)
    ),
    chatgptt("chatgptt: page 404", GOOD, 8, "no_answer", page=whole(WALL, HTML, status=404)),
    chatgptt("chatgptt: page empty", GOOD, 8, "page_tokens", page=whole("", HTML)),
    chatgptt(
        "chatgptt: security check", plugin(status="error", msg="Security check"), 8, "blocked"
    ),
    chatgptt(
        "chatgptt: an error",
        plugin(status="error", msg="Missing API Setting"),
        8,
        "service",
        "Missing API Setting",
    ),
    chatgptt("chatgptt: data is null", plugin(status="success", data=None), 8, "empty_answer"),
    chatgptt("chatgptt: data is empty", plugin(status="success", data=""), 8, "empty_answer"),
    chatgptt("chatgptt: 0", whole("0", HTML), 8, "service"),
    chatgptt("chatgptt: -1", whole("-1", HTML, status=403), 8, "blocked"),
    chatgptt("chatgptt: 0 with 400", whole("0", HTML, status=400), 8, "service"),
    chatgptt(
        "chatgptt: banned",
        whole(frame({"msg": "banned", "ipBanned": True})),
        8,
        "blocked",
        "banned",
    ),
    chatgptt(
        "chatgptt: flagged", whole(frame({"msg": "flagged", "messageFlagged": True})), 9, "filter"
    ),
    chatgptt(
        "chatgptt: too long",
        whole(frame({"msg": "limit", "tokenLimitReached": True})),
        2,
        "too_long",
    ),
    chatgptt("chatgptt: a page for an answer", whole(WALL, HTML), 8, "no_answer"),
    chatgptt("chatgptt: empty body", whole("", JSON), 8, "empty_answer"),
    chatgptt(
        "chatgptt: cut stream",
        whole(frame({"choices": [{"delta": {"content": "Hel"}}]})),
        10,
        "incomplete",
        out="Hel\n",
    ),
)


def gigachat(
    name: str, chat: bytes, code: int, kind: str, says: str = "", oauth: bytes = b"", **rest: Any
) -> Fault:
    token = json.dumps({"access_token": "tok-canary", "expires_at": 4_102_444_800_000})

    async def script(visit: Visit) -> None:
        buys = visit.asked.target.endswith("/oauth")
        sold = oauth or whole(token, JSON, connection="close")
        await visit.send(sold if buys else chat)

    env = {"LLMCHAT_GIGACHAT_AUTH_URL": "{url}/oauth", "GIGACHAT_CREDENTIALS": GIGAKEY}
    return Fault(name, script, code, kind, says, provider="gigachat", env=env, **rest)


def refuses(status: int, message: str = "", code: int | None = None, **headers: str) -> bytes:
    headers["connection"] = "close"  # or the next try would meet a closing connection
    said = {"status": status, "message": message or f"words of {status}"}
    return whole(
        said if code is None else {"code": code, "message": message}, status=status, **headers
    )


def piece(content: str, **more: Any) -> bytes:
    return frame({"choices": [{"delta": {"content": content}, "index": 0, **more}], "model": "G"})


DONE = b"data: [DONE]\n\n"
ANSWER = whole(piece("При") + piece("вет!") + piece("", finish_reason="stop") + DONE)
GIGACHAT = (
    gigachat("gigachat answers", ANSWER, 0, "", out="Привет!\n", asked=2),
    gigachat(
        "gigachat: key is garbage",
        ANSWER,
        4,
        "auth",
        oauth=refuses(400, "Can't decode", 4),
        asked=1,
    ),
    gigachat(
        "gigachat: key revoked", ANSWER, 4, "auth", oauth=refuses(401, "credentials", 6), asked=1
    ),
    gigachat(
        "gigachat: another scope",
        ANSWER,
        3,
        "scope",
        oauth=refuses(400, "scope from db", 7),
        kept=False,
    ),
    gigachat(
        "gigachat: token twice refused", refuses(401, "Token has expired"), 4, "auth", asked=4
    ),
    gigachat("gigachat: token is no JSON", ANSWER, 8, "no_answer", oauth=whole(WALL, HTML)),
    gigachat("gigachat: token is empty", ANSWER, 8, "no_answer", oauth=whole({"access_token": ""})),
    gigachat("gigachat: oauth 500", ANSWER, 8, "unavailable", oauth=refuses(500, retry_after="0")),
    gigachat("gigachat: 402", refuses(402, "Payment Required"), 7, "quota"),
    gigachat("gigachat: 403", refuses(403, "Permission denied"), 4, "auth"),
    gigachat("gigachat: 404", refuses(404, "No such model"), 2, "unknown_model"),
    gigachat("gigachat: 413", refuses(413), 2, "too_long"),
    gigachat(
        "gigachat: 422", refuses(422, "Invalid params: x"), 2, "bad_request", "Invalid params"
    ),
    gigachat(
        "gigachat: 429", refuses(429, "Too many requests", retry_after="900"), 7, "rate_limit"
    ),
    gigachat("gigachat: 500", refuses(500, retry_after="0"), 8, "unavailable"),
    gigachat(
        "gigachat: JSON instead of a stream",
        whole({"status": 500, "message": "oops"}),
        8,
        "service",
    ),
    gigachat(
        "gigachat: topic filter",
        whole(piece("Не могу.", finish_reason="blacklist") + DONE),
        9,
        "filter",
        out="Не могу.\n",
        state="complete",
    ),
    gigachat(
        "gigachat: error as the reason",
        whole(piece("При") + piece("", finish_reason="error") + DONE),
        10,
        "incomplete",
        out="При\n",
    ),
    gigachat("gigachat: cut", whole(piece("При")), 10, "incomplete", out="При\n", asked=2),
    gigachat(
        "gigachat: length", whole(piece("При", finish_reason="length") + DONE), 0, "", out="При\n"
    ),
    gigachat("gigachat: empty", whole(DONE), 8, "empty_answer"),
)


@each([*YQCLOUD, *CHATGLM, *CHATGPTT, *GIGACHAT])
def test_service(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    judge(outcomes[fault.name])


def test_no_key_and_no_token_is_seen(outcomes: dict[str, Outcome]) -> None:
    for outcome in outcomes.values():
        told = outcome.result.err + outcome.result.out
        assert GIGAKEY not in told
        assert "tok-canary" not in told
