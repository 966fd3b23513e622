# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For test scripts: TAP and a scratch directory that goes away. Source it, make checks, end with 'finish'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
: "${DIOSCOPE:=$PWD/build/dioscope}"
: "${DIOSCOPE_BUILD:=${DIOSCOPE%/dioscope}}"

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

# A test that cannot run here says why, and is counted as skipped.
need_root() { [ "$(id -u)" = 0 ] || { skip "${0##*/}" "needs root"; finish; }; }

# An ext4 on a loop device at $mnt, gone at exit: make_fs SIZE [MKFS-OPTION...]
make_fs() {
	local size=$1
	shift
	mnt=$tmp/mnt
	mkdir -p "$mnt"
	truncate -s "$size" "$tmp/image"
	loop=$(losetup -f --show "$tmp/image")
	at_exit() {
		umount "$mnt" 2>/dev/null
		losetup -d "$loop" 2>/dev/null
		rm -rf "$tmp"
	}
	mkfs.ext4 -q -b 4096 "$@" "$loop" && mount "$loop" "$mnt"
}

# What must be as before when a command is done.
machine_state() {
	losetup -a | sort
	grep -H . /sys/block/loop*/queue/write_cache
	sort /proc/self/mounts
	find "${TMPDIR:-/var/tmp}" -mindepth 1 -maxdepth 1 ! -name 'dioscope-test.*'
}
