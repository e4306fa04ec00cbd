"""The demo's texts. It answers in the language of the question, so that answers are the same on
every machine."""

from __future__ import annotations

ENGLISH = (
    """\
You asked:

{quote}

This is **demo**, a sample answer built into llmchat. It is *not a model*: nothing left this \
computer, and nobody thought about your question.

""",
    """\
## What an answer looks like

1. Lists, *emphasis* and `code` are rendered as they arrive.
2. Code blocks are highlighted and can be copied by their number:

```python
def greet(name: str) -> str:
    return f"Привет, {name}! 你好!"
```

| service  | what it needs |
|----------|---------------|
| gigachat | a key         |
| ollama   | a local server |
| demo     | nothing       |

> To talk to a real model: `llmchat auth gigachat`, or start a local server.

""",
)
RUSSIAN = (
    """\
Вы спросили:

{quote}

Это **demo**, пример ответа, встроенный в llmchat. Это *не модель*: ничего не покинуло этот \
компьютер, и никто не думал над вашим вопросом.

""",
    """\
## Как выглядит ответ

1. Списки, *выделение* и `код` оформляются по мере поступления.
2. Блоки кода подсвечиваются, их можно копировать по номеру:

```python
def greet(name: str) -> str:
    return f"Привет, {name}! 你好!"
```

| сервис   | что нужно        |
|----------|------------------|
| gigachat | ключ             |
| ollama   | локальный сервер |
| demo     | ничего           |

> Чтобы поговорить с настоящей моделью: `llmchat auth gigachat` или локальный сервер.

""",
)
CHINESE = (
    """\
你问的是：

{quote}

这是 **demo**，llmchat 内置的示例回答。它*不是模型*：没有任何内容离开这台电脑，\
也没有谁思考过你的问题。

""",
    """\
## 回答是什么样子

1. 列表、*强调*和 `代码` 会随着到达逐步渲染。
2. 代码块会高亮显示，并且可以按编号复制：

```python
def greet(name: str) -> str:
    return f"Привет, {name}! 你好!"
```

| 服务商   | 需要什么   |
|----------|------------|
| gigachat | 密钥       |
| ollama   | 本地服务器 |
| demo     | 什么都不用 |

> 想和真正的模型对话：`llmchat auth zai`，或启动一个本地服务器。

""",
)


def texts_for(question: str) -> tuple[str, str]:
    """The beginning of an answer, and the text that is repeated; the first letter of the question
    decides the language."""
    letter = next(filter(str.isalpha, question), "").lower()
    if "а" <= letter <= "я" or letter == "ё":
        return RUSSIAN
    return CHINESE if "一" <= letter <= "鿿" else ENGLISH
