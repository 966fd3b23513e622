# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests that boot VMs; sourced after tests/lib.sh.
. tests/vm/lib.sh

# a guest on a busy machine may be slow: what stands still is killed all the same
export VM_TIMEOUT=${VM_TIMEOUT:-1800}

# Guests run in the background, where Ctrl-C does not reach them.
at_exit() {
	# shellcheck disable=SC2046 # a list of words
	kill $(jobs -p) 2>/dev/null
	wait
	rm -rf "$tmp"
}

# kernels [FLAG]: those that this run is about, and that have the flag
kernels() {
	local kernel
	for kernel in ${KERNELS:-$(kernel_names "${VM_FLAG:-}")}; do
		if [ $# -eq 0 ] || kernel_has "$kernel" "$1"; then echo "$kernel"; fi
	done
}

# A guest's name is its kernel's, with ":word" behind it where a kernel has several guests. What it leaves, and what is
# given to it, is in files of that name.

# payload GUEST SCRIPT: what a guest is given, in $tmp/payload.GUEST: NAME=VALUE lines of $tmp/env.GUEST are set there,
# and the files of $tmp/more.GUEST are
payload() {
	local dir=$tmp/payload.$1
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$DIOSCOPE" "$DIOSCOPE_BUILD"/programs/* "$(command -v fio)" "$(command -v dd)" "$dir"
	cp tests/vm/guest.sh tests/with-events "$dir"
	cp -r tests/scenarios tests/vm/only tests/exposes tests/demo "$dir"
	[ ! -d "$tmp/more.$1" ] || cp -r "$tmp/more.$1/." "$dir"
	{
		echo '#!/bin/sh'
		sed 's/^/export /' "$tmp/env.$1" 2>/dev/null
		cat "tests/vm/$2"
	} >"$dir/run.sh"
	chmod +x "$dir/run.sh"
}

boot() { # GUEST SCRIPT
	payload "$1" "$2"
	setpriv --pdeathsig TERM tests/vm/run "${1%:*}" "$tmp/payload.$1" "$tmp/out.$1" >"$tmp/log.$1" 2>&1
	echo $? >"$tmp/status.$1"
	rm -rf "$tmp/payload.$1"
}

# boot_all SCRIPT GUEST... [SCRIPT GUEST...]: run it in each, as many at a time as there are processors
boot_all() {
	local script word
	for word; do
		case $word in guest-*) script=$word; continue ;; esac
		while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do wait -n; done
		boot "$word" "$script" &
	done
	wait
}

# booted GUEST: it ran to its end; what it left is then in $out. The console of one that died is kept.
booted() {
	out=$tmp/out.$1
	[ "$(cat "$tmp/status.$1")" != 0 ] || return 0
	mkdir -p "$DIOSCOPE_BUILD/vm" && cp "$out/console.log" "$DIOSCOPE_BUILD/vm/$1.console.log" 2>/dev/null
	miss "$1: the VM ran to its end" "$(tail -n 15 "$tmp/log.$1")"
	return 1
}

# recorded_is_fios KERNEL OUT NAME: as many records as fio wrote, none lost, every account in balance; leaves $tmp/json.
# Where the kernel skipped probes, because it preempts, a write may be missing, and the accounts need not balance: the
# trace has said so.
recorded_is_fios() {
	local skipped recorded wrote
	"$DIOSCOPE" export "$2/$3.trace" >"$tmp/json"
	recorded=$(jq -c 'select(.type == "trailer") | [.writes, .lost]' "$tmp/json")
	wrote=$(jq -c '[[.jobs[].write.total_ios] | add, 0]' "$2/$3.json")
	skipped=$(jq 'select(.type == "trailer") | .skipped' "$tmp/json")
	if [ "${skipped:-0}" != 0 ]; then
		check "$1: $3: records are at most fio's writes" jq -ne "$recorded[0] <= $wrote[0] and $recorded[0] > 0"
		skip "$1: $3: the accounts balance" "the kernel skipped $skipped probe runs, $recorded of $wrote writes are recorded"
	else
		equal "$1: $3: records are fio's writes, none lost" "$recorded" "$wrote"
		equal "$1: $3: the accounts balance" "$(jq 'select(.type == "trailer") | .balanced' "$tmp/json")" true
	fi
}
