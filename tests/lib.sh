# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For test scripts: TAP and a scratch directory that goes away. Source it, make checks, end with 'finish'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
: "${DIOSCOPE:=$PWD/build/dioscope}"

tap_nr=0 tap_bad=0
tmp=$(mktemp -d "${TMPDIR:-/var/tmp}/dioscope-test.XXXXXX")
at_exit() { rm -rf "$tmp"; }
trap 'at_exit' EXIT
trap 'exit 130' INT TERM

pass() { tap_nr=$((tap_nr + 1)); echo "ok $tap_nr - $1"; }
miss() { # TITLE [WHAT WAS SEEN]
	tap_nr=$((tap_nr + 1)) tap_bad=$((tap_bad + 1))
	echo "not ok $tap_nr - $1"
	[ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/# /' | head -n 20
}
skip() { tap_nr=$((tap_nr + 1)); echo "ok $tap_nr - $1 # SKIP $2"; }

# check TITLE COMMAND...: the command succeeds
check() {
	local title=$1 out
	shift
	if out=$("$@" 2>&1); then pass "$title"; else miss "$title" "status $?: $* : $out"; fi
}

# equal TITLE SEEN WANTED
equal() { if [ "$2" = "$3" ]; then pass "$1"; else miss "$1" "is '$2', not '$3'"; fi; }

# match TITLE REGEX TEXT
match() { if grep -Eq -- "$2" <<<"$3"; then pass "$1"; else miss "$1" "no match for '$2' in: $3"; fi; }

# refuses TITLE REGEX COMMAND...: exit code 2, one line on stderr that matches, nothing on stdout
refuses() {
	local title=$1 regex=$2 out err status
	shift 2
	out=$("$@" 2>"$tmp/stderr"); status=$?
	err=$(cat "$tmp/stderr")
	if [ $status -ne 2 ]; then miss "$title" "status $status, stderr: $err"
	elif [ "$(wc -l <<<"$err")" -ne 1 ]; then miss "$title" "not one sentence: $err"
	elif [ -n "$out" ]; then miss "$title" "stdout: $out"
	else match "$title" "$regex" "$err"; fi
}

finish() { echo "1..$tap_nr"; [ "$tap_bad" -eq 0 ]; exit; }
