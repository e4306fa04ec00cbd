"""`llmchat` and `python -m llmchat`: the doors that must open at once, and the way to the rest."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Ends the process itself: with the signal that ended the work, where one did."""
    argv = sys.argv[1:]
    if argv in (["--version"], ["-V"]):
        from llmchat import __version__

        print(f"llmchat {__version__}")
        return
    from llmchat.cli.run import real_world, run

    leave(run(argv, real_world()))


def leave(code: int) -> None:
    """129, 130, 141 and 143 are signals: a shell wants to see that we really died of them."""
    import signal

    signals = {129: "SIGHUP", 130: "SIGINT", 141: "SIGPIPE", 143: "SIGTERM"}
    number = getattr(signal, signals.get(code, ""), None)
    _flush(closed_pipe=code == 141)
    if number is not None and os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(code)


def _flush(*, closed_pipe: bool) -> None:
    """What is still buffered goes out, or nowhere: never into a message of the interpreter's."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not closed_pipe:
                stream.flush()
        except (OSError, ValueError):
            closed_pipe = True
    if closed_pipe and sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main()
