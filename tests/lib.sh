# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For test scripts: TAP and a scratch directory that goes away. Source it, make checks, end with 'finish'. With
# STOP_AT_FIRST in the environment the first check that fails is the last.
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
	[ -z "${STOP_AT_FIRST:-}" ] || finish
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

# The blocks of a trace, as its framing has them: OFFSET TYPE LENGTH, a line each.
trace_blocks() {
	local at=0 size word head
	size=$(stat -c %s "$1")
	while [ $((at + 24)) -le "$size" ]; do
		read -r -a head <<<"$(od -An -v -tu4 -w24 -j$at -N24 "$1")"
		word=${head[1]}
		echo "$at $((word >> 16)) ${head[2]}"
		at=$((at + 24 + head[2]))
	done
}

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

# start_recorder [OPTION...]: whatever writes to $loop goes to $tmp/t, until stop_recorder
start_recorder() {
	rm -f "$tmp/ready"
	"$DIOSCOPE" record -o "$tmp/t" --dev "$loop" --ready-file "$tmp/ready" "$@" 2>"$tmp/err" &
	recorder=$!
	until [ -e "$tmp/ready" ] || ! kill -0 $recorder 2>/dev/null; do sleep 0.05; done
}

stop_recorder() {
	kill -INT $recorder
	wait $recorder
}

# From here on what is made has a mark: it lies in a directory of this test, or carries its name in the environment.
# Others may do on this machine what they like.
mark() { export TMPDIR=$tmp/marked; mkdir -p "$TMPDIR"; }

# Loop devices on a marked file; also on one that has no name any more.
marked_loops() {
	local f
	for f in /sys/block/loop*/loop/backing_file; do
		case $(cat "$f" 2>/dev/null) in "$TMPDIR"/*) f=${f#/sys/block/}; echo "/dev/${f%%/*}" ;; esac
	done
}

# What is there and marked: loop devices, mounts of them, files, processes.
left_behind() {
	local loop env
	for loop in $(marked_loops); do
		echo "$loop"
		grep "^$loop " /proc/self/mounts
	done
	grep " $TMPDIR" /proc/self/mounts
	find "$TMPDIR" -mindepth 1
	for env in $(env -u TMPDIR grep -lzxF "TMPDIR=$TMPDIR" /proc/[0-9]*/environ 2>/dev/null); do
		[ ! -e "$env" ] || echo "process ${env//[!0-9]/}: $(tr '\0' ' ' 2>/dev/null <"${env%environ}cmdline")"
	done
}

# nothing_left TITLE: at the latest ten seconds after the end; a file system goes off its device when all who used it
# are gone
nothing_left() {
	for _ in $(seq 100); do [ -z "$(left_behind)" ] && break; sleep 0.1; done
	equal "$1" "$(left_behind)" ""
}

# What verify compared of each scenario, and how: pinned by the tier of the hooks. A fact that is lost must not pass for
# one that cannot be had, nor one that is inferred for one that is seen, nor one that is not compared for one that is
# equal. A workload of which the clock decides has a line for each outcome. UPDATE=1 pins what it says now.
# observed_as_pinned TITLE TIER VERIFY-OUTPUT
observed_table=tests/scenarios/observed
pinned() { sed -n "s/^$1 //p" $observed_table; }

# unlike_pinned TIER SEEN: what was seen that is not pinned, and what is pinned of workloads that were not seen
unlike_pinned() {
	grep -vxFf <(pinned "$1") <<<"$2"
	LC_ALL=C join -v 1 <(pinned "$1") - <<<"$2"
}

# pinned_anew TIER SEEN: another line of a workload stays where what was seen is pinned beside it
pinned_anew() {
	{ pinned "$1" | grep -vwFf <(unlike_pinned "$1" "$2" | cut -d ' ' -f 1); echo "$2"; } | LC_ALL=C sort -u
}

observed_as_pinned() {
	local seen
	seen=$(awk '
		function of(word) { return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0 }
		/ facts compared / && $1 != "demo" { print $1, $2, of("unobservable"), $4, of("inferred"), of("not reached") }
		' "$3" | LC_ALL=C sort)
	if [ "${UPDATE:-0}" != 0 ]; then
		{ grep -v "^$2 " $observed_table; pinned_anew "$2" "$seen" | sed "s/^/$2 /"; } >"$tmp/observed" &&
			cp "$tmp/observed" $observed_table
	fi
	if [ -n "$(pinned "$2")" ]; then
		equal "$1" "$(unlike_pinned "$2" "$seen")" ""
	else
		skip "$1" "nothing is pinned for the tier $2 in $observed_table: UPDATE=1 does it"
	fi
}

# without_finding VERIFY-OUTPUT: a file of the ids of workloads of which something was compared, and nothing differed
without_finding() {
	echo "# SPDX-License-Identifier: GPL-2.0-only"
	awk '/ facts compared / && / 0 findings/ && $1 != "demo" && $4 > 0 { print $1 }' "$1" | LC_ALL=C sort
}

# findings_seen TIMES OUTPUT: those of `dioscope fuzz` that were seen "once", and not again, or "again"
findings_seen() {
	awk -v once="$1" '/^FINDING/ { finding = $0; getline; if (/^# it was seen once/ == (once == "once")) print finding }' "$2"
}

# fuzz_judged PREFIX STATUS OUTPUT: of `dioscope fuzz --known`, what it said on both streams. What is not seen again when
# it is looked for is a race, which a busy machine decides.
fuzz_judged() {
	local once
	case $2 in
	0 | 77) equal "$1no difference that is not listed" "$(findings_seen again "$3")" "" ;;
	1)
		equal "$1no difference that is not listed" "$(findings_seen again "$3")" ""
		check "$1and what it fails for is shown" grep -q '^FINDING' "$3"
		;;
	*) miss "$1no difference that is not listed" "status $2: $(cat "$3")" ;;
	esac
	once=$(findings_seen once "$3" | tr '\n' ' ')
	[ -z "$once" ] || skip "$1none that was seen once, either" "$once"
	if [ "$2" -eq 77 ]; then
		skip "$1all of it was observed" "$(grep 'not observed' "$3" || tail -n 1 "$3")"
		grep -q '^[0-9].* of theme ' "$3" || return # nothing can be recorded here
	fi
	match "$1and that was something" '^[1-9][0-9]* workloads of theme .*, [1-9][0-9]{3,} facts compared' "$(cat "$3")"
}

# Of tests/exposes: the sides that show old contents, as fuzz says, and as the workload's comment says of a kernel's
# series: "Shown by", both sides, or "by the kernel alone". Where a kernel shows them only "Now and then", because it is
# a race, whatever was seen of its side is right.
exposes_seen() { # FUZZ-OUTPUT
	sed -n 's/^#   exposes: live \(as the model\|[a-z]*:\).* reference \(as the model\|[a-z]*:\).*/\1|\2/p' "$1" |
		sed 's/^as the model|.*/reference/; s/|as the model$/live/; s/^.*:live/live/' | sort -u | tr '\n' ' '
}
exposes_known() { # WORKLOAD SERIES SEEN
	comment_names() { grep -qwF "$3" <<<"$(sed -n "s/^# $2 \([0-9][^(]*\).*/\1/p" "$1")"; }
	if comment_names "$1" "Now and then by" "$2"; then
		[ "${3:-}" != "live " ] || echo "$3"
	elif comment_names "$1" "Shown by the kernel alone by" "$2"; then
		echo "live "
	elif comment_names "$1" "Shown by" "$2"; then
		echo "live reference "
	fi
}
