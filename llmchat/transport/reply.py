"""An HTTP reply: status, headers, and a body limited in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress

from llmchat.errors import LlmchatError, NotAnAnswer, Timeout
from llmchat.language import msg
from llmchat.transport.errors.network import FOREIGN, Route, translate
from llmchat.transport.http import httpx
from llmchat.transport.inflate import Inflater
from llmchat.transport.reusable_timeout import NEVER, ReusableTimeout
from llmchat.values.flood_limits import FillerLimit, bounded
from llmchat.values.secret import Mask

STALLED = msg("try again, or raise --stall-timeout")
LONGEST_ERROR_BODY = 64 * 1024
LONGEST_REPLY = 256 * 1024 * 1024  # bytes received; frames are larger than their text
MOST_CHUNKS = 2_000_000  # of a body; some servers send three for each frame
LONGEST_DOCUMENT = 16 * 1024 * 1024  # bytes of a reply that is read whole: a page, a list of models
AFTER_AN_ERROR = 1.0  # seconds to wait for the body of an error; the status is enough
AFTER_THE_END = 2.0  # seconds to wait after the finish mark, for the usage


class Reply:
    """`mask` is for the reader of the body; the headers are masked already. With `prompt` it is not
    a model's answer, so its first byte has the usual deadline."""

    def __init__(
        self,
        response: httpx.Response,
        way: Route,
        *,
        stall: float,
        mask: Mask | None = None,
        prompt: bool = False,
    ) -> None:
        self._response = response
        self._way = way
        self._stall = stall
        self._prompt = prompt
        self._weight = 0  # bytes received, including chunk headers
        self.status = response.status_code
        self.mask = mask or Mask()
        self.headers: Mapping[str, str] = _masked(response.headers, self.mask)
        self.content_type = _kind(self.headers.get("content-type", ""))

    async def chunks(
        self,
        *,
        ending: Callable[[], bool] = lambda: False,
        patience: Callable[[], float] = lambda: 0.0,
        limit: int = LONGEST_REPLY,
    ) -> AsyncGenerator[bytes, None]:
        """The decompressed body piece by piece. Once `ending()` is true, after the finish mark, the
        rest is awaited only briefly; `patience()` may allow a longer silence."""
        coding = self.headers.get("content-encoding", "").strip().lower()
        # A transport that returns a whole response, such as a fake one, has already decoded it.
        read_already = self._response.is_stream_consumed
        inflater = Inflater("" if read_already else coding)
        pieces = self._response.aiter_bytes() if read_already else self._response.aiter_raw()
        clock = asyncio.get_running_loop().time
        alarm, last, total, came, count, filler = ReusableTimeout(), NEVER, 0, 0, 0, FillerLimit()
        if self._prompt:
            alarm.until = clock() + self._stall
        try:
            while True:
                with alarm:
                    piece = await anext(pieces, None)
                came += len(piece or b"")
                if came > limit:
                    raise _too_large(limit)
                count = bounded(count + (piece is not None), MOST_CHUNKS)
                filler.weigh(len(piece or b""))  # an endless sequence of empty gzip files is filler
                for data in inflater.end() if piece is None else inflater.slices(piece):
                    total, filler.size = total + len(data), 0
                    if total > limit:
                        raise _too_large(limit)
                    yield data
                if piece is None:
                    return
                if last == NEVER and ending():
                    last = clock() + AFTER_THE_END
                alarm.until = min(clock() + max(self._stall, patience()), last)
        except TimeoutError:
            if last == NEVER:
                raise Timeout(
                    msg("no data for {stall:g} s", stall=self._stall), hint=STALLED
                ) from None
        except FOREIGN as error:
            if last != NEVER:
                return  # the answer is complete, whatever happened to the connection
            raise translate(error, self._way) from error
        finally:
            alarm.off()

    def weigh(self, size: int) -> None:
        """Counts received bytes: a chunk of one byte may have 5 kB of extensions."""
        self._weight += size
        if self._weight > LONGEST_REPLY:
            raise _too_large(LONGEST_REPLY)

    async def start(self, limit: int = LONGEST_ERROR_BODY) -> bytes:
        """The beginning of the body, enough to explain an error, even if the rest is late or
        lost."""
        body = bytearray()
        with suppress(TimeoutError, LlmchatError):
            async with asyncio.timeout(AFTER_AN_ERROR), aclosing(self.chunks()) as chunks:
                async for data in chunks:
                    body += data
                    if len(body) >= limit:
                        break
        return bytes(body[:limit])

    async def whole(self, limit: int = LONGEST_DOCUMENT) -> bytes:
        """The whole body; raises an error above the limit."""
        return b"".join([data async for data in self.chunks(limit=limit)])


def _too_large(limit: int) -> NotAnAnswer:
    return NotAnAnswer(msg("the reply is larger than {limit} MB", limit=limit >> 20))


def _masked(headers: httpx.Headers, mask: Mask) -> httpx.Headers:
    """The headers with secrets masked, because some services and proxies repeat what they were
    sent."""
    if not mask.runs("\n".join(headers.values())):
        return headers
    masked = [(name, mask(value)) for name, value in headers.multi_items()]
    return httpx.Headers(masked, headers.encoding)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
