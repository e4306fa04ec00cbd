"""`llmchat` and `python -m llmchat`: answers `--version`, a TAB and `completion SHELL` without
importing anything, hands the rest to `cli`, and ends the process.

Why: docs/decisions/0072-exit-with-os-exit.md, docs/decisions/0074-a-plain-entry-point.md.
"""

# Imports only modules that do not come from files, not even __future__: see `_leave_folder`.
import errno
import os
import sys

YOUNG = 20_000  # objects before a collection: at 700, an `ask` spends 6 of 150 ms on it for nothing
SIGNALS = {129: "SIGHUP", 130: "SIGINT", 141: "SIGPIPE", 143: "SIGTERM"}


def main() -> None:
    """Runs llmchat and ends the process, by a signal if a signal ended the work."""
    try:
        _leave_folder()
        _wait_for_streams()
        _answer_at_once(sys.argv[1:])
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:  # a Ctrl-C during imports
        code = 130
    except RuntimeError as error:  # the same, in Python 3.11 and in the middle of a class
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        code = 130
    leave(code)


def _answer_at_once(argv: list[str]) -> None:
    """Handles what needs none of the other modules, and ends the process."""
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
    """Moves the current folder to the end of the import path. `python -m` and an empty entry of
    PYTHONPATH put it before the standard library, so that a json.py in a clone would run."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        here = ""
    library = os.path.dirname(os.__file__)
    before = sys.path.index(library) if library in sys.path else len(sys.path)
    sys.path[:before] = [p for p in sys.path[:before] if os.path.isabs(p) and p != here]


def _wait_for_streams() -> None:
    """Makes the standard streams blocking. A program before us may have left a pipe or terminal
    non-blocking: writing to a full one would fail, and reading from an empty one would return
    nothing."""
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
    """Handles a Ctrl-C that is raised in an import lock or a finalizer, where Python would drop
    it."""
    if dropped.exc_type is KeyboardInterrupt:
        leave(130)
    sys.__unraisablehook__(dropped)


def leave(code: int) -> None:
    """Ends the process with an exit code. 129, 130, 141 and 143 stand for signals: the process ends
    by that signal, which a shell can see."""
    _flush(closed_pipe=code == 141)
    if code in SIGNALS and os.name == "posix":
        import signal  # 1 ms

        number = getattr(signal, SIGNALS[code])
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    if os.environ.get("LLMCHAT_DEBUG"):
        sys.exit(code)  # profilers and similar tools need a normal exit
    os._exit(code)  # everything is written; finalizing the interpreter would take 8 to 20 % longer


def _say(text: str) -> None:
    """Writes a text to file descriptor 1 and ends the process like `leave`, without using
    sys.stdout."""
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
    except OSError:  # the error cannot be shown either
        return


def _flush(*, closed_pipe: bool) -> None:
    """Flushes the streams, ignoring errors, so that the interpreter does not print a message about
    them."""
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
