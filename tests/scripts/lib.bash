# What the scripts share. Each begins in an empty folder with a home of its own.
set -euo pipefail

fail() { echo "line ${BASH_LINENO[1]}: $*" >&2; exit 1; }

# same WANTED GOT
same() { [[ "$1" == "$2" ]] || fail "wanted <$1>, got <$2>"; }

# has TEXT PART
has() { [[ "$1" == *"$2"* ]] || fail "<$1> does not hold <$2>"; }

# lacks TEXT PART
lacks() { [[ "$1" != *"$2"* ]] || fail "<$1> holds <$2>"; }

# ends CODE COMMAND...: leaves its streams in the files out and err
ends() {
  local wanted=$1 code=0
  shift
  "$@" > out 2> err || code=$?
  [[ $code == "$wanted" ]] || fail "exit code $code instead of $wanted: $* ($(head -c 300 err))"
}
