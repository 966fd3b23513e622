# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests that boot VMs; sourced after tests/lib.sh.
. tests/vm/lib.sh

# a guest on a busy machine may be slow: what stands still is killed all the same
export VM_TIMEOUT=${VM_TIMEOUT:-1200}

# kernels [FLAG]: those that this run is about, and that have the flag
kernels() {
	local kernel
	for kernel in ${KERNELS:-$(kernel_names "${VM_FLAG:-}")}; do
		if [ $# -eq 0 ] || kernel_has "$kernel" "$1"; then echo "$kernel"; fi
	done
}

payload=$tmp/payload
mkdir -p "$payload"
cp "$DIOSCOPE" "$(command -v fio)" "$(command -v dd)" tests/vm/guest.sh "$payload"
cp -r tests/scenarios tests/demo "$payload"

# boot KERNEL SCRIPT: run it in a guest; its files are then in $out. The console of one that dies is kept.
boot() {
	local kernel=$1 script=$2
	out=$tmp/out.$kernel
	{
		echo '#!/bin/sh'
		printf 'export WRONG=%q\n' "${WRONG:-}"
		cat "tests/vm/$script"
	} >"$payload/run.sh"
	chmod +x "$payload/run.sh"
	tests/vm/run "$kernel" "$payload" "$out" >"$tmp/vm.log" 2>&1 && return
	mkdir -p "$DIOSCOPE_BUILD/vm" && cp "$out/console.log" "$DIOSCOPE_BUILD/vm/$kernel.console.log" 2>/dev/null
	miss "$kernel: the VM ran to its end" "$(tail -n 15 "$tmp/vm.log")"
	return 1
}

# recorded_is_fios KERNEL OUT NAME: as many records as fio wrote, none lost, every account in balance; leaves $tmp/json
recorded_is_fios() {
	"$DIOSCOPE" export "$2/$3.trace" >"$tmp/json"
	equal "$1: $3: records are fio's writes, none lost, and the accounts balance" \
		"$(jq -c 'select(.type == "trailer") | [.writes, .lost, .balanced]' "$tmp/json")" \
		"$(jq -c '[[.jobs[].write.total_ios] | add, 0, true]' "$2/$3.json")"
}
