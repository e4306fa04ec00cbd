#!/usr/bin/env bash
# Wheel and sdist as they are built, installed in every way the README names, with the lowest and the
# newest dependencies and with the pinned ones; each install answers a question. Needs a package
# index; everything happens in one temporary folder, and every step has a time limit.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset PYTHONDONTWRITEBYTECODE PYTHONPATH LLMCHAT_HOME LLMCHAT_DEBUG || true

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_PROGRESS=1
mkdir -p "$HOME"
python=${PYTHON:-python3}

step() { printf -- '-- %s\n' "$*"; }
limited() { timeout --kill-after=10 300 "$@"; }

# A program that was installed says who it is, answers, keeps, completes, and helps.
smoke() {
    local llmchat=$1 answer
    (
        cd "$work"
        export LLMCHAT_HOME=$work/files-$RANDOM
        [ "$(limited "$llmchat" --version)" = "llmchat $version" ]
        answer=$(limited "$llmchat" ask -p demo "A smoke test" </dev/null 2>/dev/null)
        [[ $answer == *"A smoke test"* ]]
        answer=$(limited "$llmchat" ask -p demo --schema 'name, age int' "A schema" </dev/null)
        [ "$answer" = '{"name":"demo","age":1}' ]
        limited "$llmchat" history show last >/dev/null
        limited "$llmchat" history list --json | "$python" -c 'import json, sys; assert len(json.load(sys.stdin)) == 2'
        limited "$llmchat" models >/dev/null
        [[ $(LLMCHAT_LANG=ru limited "$llmchat" --help) == *Использование* ]]
        [[ $(LLMCHAT_LANG=zh limited "$llmchat" --help) == *用法* ]]
        limited "$llmchat" ask --help >/dev/null
        limited "$llmchat" ask -p demo --markdown "**bold**" </dev/null >/dev/null 2>&1
        limited "$llmchat" completion zsh | cmp - "$root/completions/_llmchat"
        limited "$llmchat" __complete provider gig | grep -q '^gigachat'
        if limited "$llmchat" nothing 2>/dev/null; then return 1; else [ $? = 2 ]; fi
    )
}

venv() { limited "$python" -m venv "$work/$1"; }

version=$("$python" -c 'import re, pathlib; print(re.search(r"__version__ = \"(.+)\"", pathlib.Path("llmchat/__init__.py").read_text())[1])')

step "tools"
venv tools
limited "$work/tools/bin/pip" install --quiet build uv pipx
uv=$work/tools/bin/uv

step "wheel and sdist"
limited "$work/tools/bin/python" -m build --outdir "$work/dist" "$root" >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; exit 1; }
wheel=$(echo "$work"/dist/*.whl)
sdist=$(echo "$work"/dist/*.tar.gz)
"$python" -m zipfile -l "$wheel" >"$work/names"
for name in llmchat/data/completions/_llmchat share/man/man1/llmchat.1 share/man/ru/man1/llmchat.1 llmchat/py.typed \
    licenses/LICENSE entry_points.txt; do
    grep -q -- "$name" "$work/names" || { echo "the wheel has no $name"; exit 1; }
done
if grep -q 'completion/manual\|^dev/\|^tests/' "$work/names"; then
    echo "the wheel holds tools that only this tree needs"
    exit 1
fi

step "the wheel, newest dependencies, Python's own pip"
venv newest
limited "$work/newest/bin/pip" install --quiet "$wheel"
smoke "$work/newest/bin/llmchat"
limited "$work/newest/bin/python" -m llmchat --version >/dev/null

step "the sdist"
venv source
limited "$work/source/bin/pip" install --quiet "$sdist"
smoke "$work/source/bin/llmchat"

step "the wheel, lowest dependencies"
limited "$uv" venv --quiet --python "$python" "$work/lowest"
limited "$uv" pip compile --quiet --python "$python" --resolution lowest-direct --no-header \
    pyproject.toml --output-file "$work/lowest.txt"
limited "$uv" pip install --quiet --python "$work/lowest/bin/python" --requirement "$work/lowest.txt"
limited "$uv" pip install --quiet --python "$work/lowest/bin/python" --no-deps "$wheel"
grep == "$work/lowest.txt" | tr '\n' ' '
echo
smoke "$work/lowest/bin/llmchat"

step "the wheel, pinned dependencies with their hashes"
venv pinned
limited "$work/pinned/bin/pip" install --quiet --require-hashes --requirement constraints.txt
limited "$work/pinned/bin/pip" install --quiet --no-deps "$wheel"
limited "$work/pinned/bin/pip" check
smoke "$work/pinned/bin/llmchat"

step "the tree itself, into a folder with a space"
venv "a space"
limited "$work/a space/bin/pip" install --quiet "$root"
smoke "$work/a space/bin/llmchat"

step "pipx"
PIPX_HOME=$work/pipx PIPX_BIN_DIR=$work/pipx/bin PIPX_MAN_DIR=$work/pipx/man \
    limited "$work/tools/bin/pipx" install --quiet --python "$python" "$wheel" >/dev/null
smoke "$work/pipx/bin/llmchat"

step "uv tool"
UV_TOOL_DIR=$work/uv UV_TOOL_BIN_DIR=$work/uv/bin \
    limited "$uv" tool install --quiet --python "$python" "$wheel"
smoke "$work/uv/bin/llmchat"

for other in 3.11 3.12 3.13 3.14; do
    found=$(command -v "python$other" || true)
    if [ -n "$found" ] && "$found" -c 'import venv' 2>/dev/null; then
        step "Python $other"
        limited "$uv" venv --quiet --python "$found" "$work/python$other"
        limited "$uv" pip install --quiet --python "$work/python$other/bin/python" "$wheel"
        smoke "$work/python$other/bin/llmchat"
    fi
done

echo "all packages work"
