"""`llmchat` and `python -m llmchat`: answers `--version`, a TAB and `completion SHELL` without
importing anything, hands the rest to `cli`, and ends the process.

Why: docs/decisions/0072-exit-with-os-exit.md, docs/decisions/0074-a-plain-entry-point.md.
"""

# Nothing that lies in a file may be imported up here, not even __future__: see `_leave_folder`.
import errno
import os
import sys

YOUNG = 20_000  # objects before a collection: at 700 an `ask` spends 6 of 150 ms on what it keeps
SIGNALS = {129: "SIGHUP", 130: "SIGINT", 141: "SIGPIPE", 143: "SIGTERM"}


def main() -> None:
    """Ends the process itself: with the signal that ended the work, where one did."""
    try:
        _leave_folder()
        _wait_for_streams()
        _answer_at_once(sys.argv[1:])
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:  # a Ctrl-C while we were still being imported
        code = 130
    except RuntimeError as error:  # the same, in Python 3.11 and in the middle of a class
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        code = 130
    leave(code)


def _answer_at_once(argv: list[str]) -> None:
    """Ends the process where it knows the answer without the rest of us."""
    if argv in (["--version"], ["-V"]):
        from llmchat import __version__

        _say(f"llmchat {__version__}\n")
    if argv[:1] == ["__complete"]:  # what completions/ run at a TAB
        from llmchat.completion.values import offers

        _say(offers(argv[1:], dict(os.environ)))
    if argv[:1] == ["completion"] and len(argv) in (2, 3):  # in a .bashrc, at every start
        from llmchat.completion.scripts import FILES, key_script, script

        if argv[1] in FILES and len(argv) == 2 and (text := script(argv[1])):
            _say(text)
        if argv[1] in FILES and argv[2:] == ["--keys"] and (text := key_script(argv[1])):
            _say(text)


def _leave_folder() -> None:
    """`python -m` and an empty entry of PYTHONPATH put the current folder before the library on the
    import path: a json.py in a clone would run. What comes after the library was installed."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        here = ""
    library = os.path.dirname(os.__file__)
    before = sys.path.index(library) if library in sys.path else len(sys.path)
    sys.path[:before] = [p for p in sys.path[:before] if os.path.isabs(p) and p != here]


def _wait_for_streams() -> None:
    """A program before us may have left a pipe or terminal that does not wait: a full one would
    end us, and of one that is empty for a moment nothing would be read."""
    for descriptor in (0, 1, 2) if os.name == "posix" else ():
        try:  # noqa: SIM105  # contextlib lies in a file
            os.set_blocking(descriptor, True)
        except OSError:
            pass  # closed


def _run(argv: list[str]) -> int:
    import gc

    gc.set_threshold(YOUNG)
    sys.unraisablehook = _told_or_ended
    from llmchat.cli.main import real_world, run

    return run(argv, real_world())


def _told_or_ended(dropped: "sys.UnraisableHookArgs") -> None:
    """A Ctrl-C that comes up in the lock of an import or a finalizer, where Python drops it."""
    if dropped.exc_type is KeyboardInterrupt:
        leave(130)
    sys.__unraisablehook__(dropped)


def leave(code: int) -> None:
    """129, 130, 141 and 143 are signals: a shell wants to see that we really died of them."""
    _flush(closed_pipe=code == 141)
    if code in SIGNALS and os.name == "posix":
        import signal  # 1 ms

        number = getattr(signal, SIGNALS[code])
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    if os.environ.get("LLMCHAT_DEBUG"):
        sys.exit(code)  # profilers and their like want an end that they can see
    os._exit(code)  # everything is written; taking the interpreter apart costs 8 to 20 %


def _say(text: str) -> None:
    """Writes and ends, as `leave` does, without the objects that the interpreter writes with."""
    data = text.encode("utf-8", "replace")
    try:
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        leave(141)
    except OSError as error:
        what, hint = f"cannot be written: {error.strerror}", "check the disk space"
        if error.errno == errno.EBADF:
            what = "is closed" if sys.stdout is None else what
            hint = "redirect it to a file or leave it open"
        _complain(f"llmchat: stdout {what}\n  {hint}\n")
        leave(3)
    leave(0)


def _complain(text: str) -> None:
    try:
        os.write(2, text.encode())
    except OSError:  # then nobody can be told
        return


def _flush(*, closed_pipe: bool) -> None:
    """What is still buffered goes out, or nowhere: never into a message of the interpreter's."""
    for stream in (sys.__stdout__, sys.stderr):  # `sys.stdout` may be what plugins print to
        try:
            if stream is not None and not closed_pipe:
                stream.flush()
        except (OSError, ValueError):
            closed_pipe = True
    if closed_pipe and sys.__stdout__ is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main()
