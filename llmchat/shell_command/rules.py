"""Programs that change or destroy something, as rows of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from llmchat.language import msg


class Harm(NamedTuple):
    """A rule. It applies if one of `short` is in a group of option letters, or a word is one of
    `words` (as a prefix, if that ends with `=`). Without both it always applies, unless another
    rule did."""

    reason: str
    short: str = ""
    words: tuple[str, ...] = ()

    @property
    def always(self) -> bool:
        return not (self.short or self.words)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _many(names: str, *rules: Harm) -> dict[str, tuple[Harm, ...]]:
    return dict.fromkeys(names.split(), rules)


_DISK = Harm(msg("rewrites a disk or a file system"))
_RECURSIVE = msg("changes everything in a folder")
_ENDS = Harm(msg("ends running programs"))
_POWER = Harm(msg("turns the computer off or restarts it"))
_USERS = Harm(msg("changes user accounts"))
_WALL = Harm(msg("changes the firewall"))
_DELETES = Harm(msg("deletes files"))
_TREES = msg("deletes folders and everything in them")
_UNINSTALLS = Harm(
    msg("removes software"), "R", ("remove", "purge", "autoremove", "uninstall", "erase")
)
LANGUAGE_REASON = msg("runs a program written in another language: read it, too")

RULES: Mapping[str, tuple[Harm, ...]] = {
    **_many("rm", Harm(_TREES, "rR", ("--recursive",)), _DELETES),
    **_many("unlink", _DELETES),
    **_many("shred wipe srm", Harm("destroys files so that nothing brings them back")),
    **_many("truncate", Harm("cuts off the content of files")),
    **_many("dd", Harm("writes raw data over a file or disk", words=("of=",))),
    **_many("mkfs mke2fs mkswap wipefs fdisk sfdisk cfdisk parted sgdisk gdisk format", _DISK),
    **_many("diskpart blkdiscard pvremove vgremove lvremove cryptsetup", _DISK),
    **_many("zfs zpool", Harm("destroys a file system", words=("destroy",))),
    **_many(
        "chmod",
        Harm("lets everybody write", words=("777", "0777", "a+w", "o+w", "a+rwx", "ugo+rwx")),
        Harm("gives a program the rights of its owner", words=("u+s", "+s", "4755", "g+s")),
        Harm(_RECURSIVE, "R", ("--recursive",)),
    ),
    **_many("chown chgrp", Harm(_RECURSIVE, "R", ("--recursive",))),
    **_many("kill killall pkill skill xkill taskkill stop-process", _ENDS),
    **_many("shutdown reboot halt poweroff stop-computer restart-computer", _POWER),
    **_many("init telinit", Harm(_POWER.reason, words=("0", "6"))),
    **_many(
        "systemctl",
        Harm(_POWER.reason, words=("poweroff", "reboot", "halt", "kexec")),
        Harm("changes services of the system", words=("stop", "disable", "mask", "kill")),
    ),
    **_many("userdel groupdel usermod passwd chpasswd visudo deluser", _USERS),
    **_many("iptables ip6tables nft", Harm(_WALL.reason, "FXPD", ("flush", "delete"))),
    **_many("ufw", Harm(_WALL.reason, words=("disable", "reset"))),
    **_many("setenforce", Harm("changes a protection of the system")),
    **_many("crontab", Harm("deletes your timed jobs", "r")),
    **_many("history", Harm("deletes the shell's history", "c", ("clear",))),
    **_many("find", Harm("deletes what it finds", words=("-delete",))),
    **_many("fd fdfind", Harm("runs a command on what it finds", "xX", ("--exec", "--exec-batch"))),
    **_many("rsync", Harm("deletes files at the target", words=("--delete", "--delete-after"))),
    **_many("sed perl", Harm("changes files in place", "i", ("--in-place",))),
    **_many("tee", Harm("appends to files", "a", ("--append",)), Harm("overwrites files")),
    **_many(
        "git",
        Harm("throws away changes", words=("--hard", "clean", "restore", "drop")),
        Harm("replaces what others may have", words=("--force", "-f", "--mirror")),
        Harm("rewrites the history", words=("filter-branch", "filter-repo")),
    ),
    **_many("docker podman", Harm("deletes containers or images", words=("prune", "rm", "rmi"))),
    **_many("kubectl oc helm", Harm("deletes from a cluster", words=("delete", "uninstall"))),
    **_many("terraform", Harm("destroys infrastructure", words=("destroy",))),
    **_many("apt apt-get dnf yum pacman zypper brew", _UNINSTALLS),
    **_many("nc ncat netcat socat", Harm("connects a program to the network", "el", ("exec:",))),
    **_many("dropdb mysqladmin", Harm("deletes a database")),
    # Windows
    **_many("remove-item ri rd del erase", Harm(_TREES, words=("-recurse", "/s")), _DELETES),
    **_many("format-volume clear-disk initialize-disk remove-partition", _DISK),
    **_many("set-executionpolicy", Harm("changes a protection of the system")),
    **_many("start-process saps", Harm("runs as administrator", words=("runas",))),
    **_many("powershell pwsh", Harm("runs a program that is encoded",
        words=("-encodedcommand", "-enc", "-ec", "-e"))),
    **_many("reg", Harm("changes the registry", words=("delete", "add"))),
    **_many("bcdedit vssadmin", _DISK),
}  # fmt: skip

# Programs that run another one: their options with a value, and the number of words before the
# command.
RUNNERS: Mapping[str, tuple[str, int]] = {
    "sudo": ("ugCDhprtT", 0), "doas": ("uC", 0), "pkexec": ("", 0), "runas": ("", 0),
    "env": ("uCS", 0), "nice": ("n", 0), "ionice": ("cnp", 0), "nohup": ("", 0), "time": ("fo", 0),
    "command": ("", 0), "builtin": ("", 0), "exec": ("a", 0), "xargs": ("IndLPsEa", 0),
    "timeout": ("ks", 1), "stdbuf": ("ioe", 0), "setsid": ("", 0), "watch": ("n", 0),
    "strace": ("eop", 0), "chroot": ("", 1), "busybox": ("", 0), "toybox": ("", 0),
    "flock": ("wE", 1), "caffeinate": ("", 0), "unbuffer": ("", 0), "parallel": ("j", 0),
    "chronic": ("", 0),
}  # fmt: skip
ELEVATING = ("sudo", "doas", "pkexec", "su", "runas", "gsudo")
ELEVATES = msg("runs with administrator rights")

SHELLS = _names("sh bash zsh dash ash ksh mksh fish csh tcsh pwsh powershell cmd busybox")
LANGUAGES = {
    "python": "c", "python2": "c", "python3": "c", "perl": "eE", "ruby": "e", "node": "ep",
    "php": "r", "lua": "e", "osascript": "e", "deno": "", "tclsh": "", "awk": "", "rscript": "e",
}  # fmt: skip
FIND_STARTS = ("-exec", "-execdir", "-ok", "-okdir")
EVALUATING = ("eval", "invoke-expression", "iex")
READING = ("source", ".")  # run a file in the current shell
DOWNLOADING = _names(
    "curl wget fetch aria2c http https lynx invoke-webrequest iwr irm invoke-restmethod"
)
DECODING = _names("base64 base32 xxd openssl uudecode gunzip zcat rev tr")

HARMLESS_TARGETS = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "nul", "$null", "-")
DISKS = ("/dev/sd", "/dev/nvme", "/dev/hd", "/dev/vd", "/dev/disk", "/dev/mmcblk", "/dev/mapper/")
STARTUP = (
    "rc",
    "profile",
    "_login",
    "authorized_keys",
    "crontab",
    "/etc/",
    "sudoers",
    "/autostart/",
)
LOADING = ("LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_", "PATH", "BASH_ENV", "PROMPT_COMMAND")
WHOLE = ("/", "/*", "~", "~/", "~/*", "*", ".", "./", "..", "$HOME", "$HOME/", "$HOME/*", "c:\\")
