# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the modes of tests/bench/run have in common: leaving nothing behind, file systems to write to, fio, tracers.

die() { echo "tests/bench/run: $1" >&2; exit 2; }

# --- leaving nothing behind ---

undo=() # commands; the last one is run first

later() { undo+=("$(printf '%q ' "$@")"); }

# undo_to N: all but the first N
undo_to() {
	while [ "${#undo[@]}" -gt "$1" ]; do
		eval "${undo[-1]}" || true
		unset 'undo[-1]'
	done
}

end_children() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -n "$(jobs -pr)" ] || return 0
		[ $i -gt 0 ] || jobs -pr | xargs kill
		sleep 0.1
	done
	jobs -pr | xargs kill -9
}

clean_up() {
	set +e
	trap '' INT TERM HUP PIPE
	end_children 2>/dev/null
	undo_to 0
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

make_tmp() {
	tmp=$(mktemp -d "$BENCH_TMP/dioscope-bench.XXXXXX") || die "cannot write to '$BENCH_TMP': say BENCH_TMP"
	later rm -rf --one-file-system "$tmp"
	ready=$tmp/ready trace=$tmp/trace
}

# --- devices: make_NAME sets $blockdev, or says in $why that there is none; without one it writes nothing ---

DEVICE_BYTES=$((512 << 20))
FILE_BYTES=$((256 << 20))
ZRAM=/sys/class/zram-control

# udev may be looking at it still
remove_zram() {
	local i
	for ((i = 0; i < 50; i++)); do
		{ echo "$1" >$ZRAM/hot_remove; } 2>/dev/null && return
		sleep 0.1
	done
	echo "tests/bench/run: cannot remove zram$1" >&2
}

make_zram() {
	local nr
	[ -w $ZRAM/hot_add ] || { why="no zram here: modprobe zram num_devices=0"; return 1; }
	nr=$(cat $ZRAM/hot_add 2>/dev/null) || { why="the kernel adds no zram device"; return 1; }
	later remove_zram "$nr"
	{ echo $DEVICE_BYTES >"/sys/block/zram$nr/disksize"; } 2>/dev/null || { why="zram$nr takes no size"; return 1; }
	blockdev=/dev/zram$nr
}

make_loop() {
	local image
	image=$(mktemp /dev/shm/dioscope-bench.XXXXXX) || { why="no tmpfs at /dev/shm"; return 1; }
	later rm -f "$image"
	fallocate -l $DEVICE_BYTES "$image" || { why="no room in /dev/shm"; return 1; }
	blockdev=$(losetup -f --show "$image" 2>&1) || { why=$blockdev; return 1; }
	later losetup -d "$blockdev"
}

# Of the system calls that are no direct writes: those that write want a file system.
make_getppid() { blockdev=; }
make_write() { make_loop; }

# Everything that ext4 would still do in the background is done before, and every block of the file is written.
make_fs() {
	[ -n "$blockdev" ] || return 0
	mkdir -p "$tmp/mnt"
	mkfs.ext4 -q -b 4096 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$blockdev"
	mount -t ext4 "$blockdev" "$tmp/mnt"
	later unmount "$tmp/mnt"
	run_fio --rw=write --bs=1M --end_fsync=1
}

unmount() { umount "$1" || umount -l "$1"; }

# --- fio, and calls that it does not know ---

KINDS_OF_CALLS="getppid write"

# In the background, because a trap waits for what runs in the foreground; and not in our process group: of Ctrl-C we
# hear first.
run_fio() {
	setsid fio --name=bench --filename="$tmp/mnt/data" --size=$FILE_BYTES --direct=1 "$@" \
		--output-format=json --output="$tmp/fio.json" >"$tmp/fio.err" 2>&1 </dev/null &
	wait $! || die "fio failed: $(tail -n 1 "$tmp/fio.err")"
}

# overwrite SECONDS DEPTH JOBS: 4k, anywhere in the file
overwrite() {
	local engine=libaio
	[ "$2" != 1 ] || engine=psync
	run_fio --rw=randwrite --bs=4k --ioengine=$engine --iodepth="$2" --numjobs="$3" --time_based --runtime="$1" \
		--allow_file_create=0
}

# call KIND SECONDS: system calls of that kind, counted like fio's writes
call() {
	setsid "$BUILD/bench/calls" "$1" "$2" ${blockdev:+"$tmp/mnt/calls"} >"$tmp/fio.json" 2>"$tmp/fio.err" </dev/null &
	wait $! || die "$(tail -n 1 "$tmp/fio.err")"
}

# load DEVICE SECONDS DEPTH
load() {
	if [[ " $KINDS_OF_CALLS " == *" $1 "* ]]; then call "$1" "$2"; else overwrite "$2" "$3" 1; fi
}

fio_writes() { jq '[.jobs[].write.total_ios] | add' "$tmp/fio.json"; }

# --- tracers: each function becomes the tracer ---

declare -A tracers=(
	[untraced]=""
	[empty]="trace_nothing"
	[record]="trace_to_file"
	[other]="trace_other"
	[no-syscalls]="trace_to_file --no-syscalls"
	[filtered]="trace_to_file --comm nobody-has-it"
	[filtered-dev]="trace_to_file --dev 0:1" # no block device has this number
	[aggregate]="trace_dioscope --aggregate"
	[bpftrace-count]="trace_bpftrace count.bt"
	[bpftrace-print]="trace_bpftrace print.bt"
	[bpftrace-events]="trace_bpftrace events.bt"
)

trace_nothing() { exec "$BUILD/bench/empty" --ready-file "$ready" "${hooks[@]}"; }
trace_dioscope() { exec "$DIOSCOPE" record --ready-file "$ready" "$@"; }
trace_other() { exec "$BENCH_OTHER" record --ready-file "$ready" -o "$trace"; }
trace_to_file() { trace_dioscope -o "$trace" "$@"; }
# It needs tracefs, which not every machine has mounted: then it gets one that nobody else sees.
trace_bpftrace() {
	# shellcheck disable=SC2016 # expanded in there
	exec unshare --mount sh -c '[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
		exec bpftrace "$1"' sh "tests/bench/$1"
}

# bpftrace says it in its output
is_ready() { [ -e "$ready" ] || [[ -s $tmp/out && $(<"$tmp/out") == *$'\nready'* ]]; }

# What it had to say, without what bpftrace always complains of.
last_words() { grep -v RLIMIT_MEMLOCK "$tmp/err" | grep -m 1 . || echo "not a word of why"; }

await_ready() {
	local patience=$((SECONDS + 60))
	until is_ready; do
		kill -0 "$tracer" 2>/dev/null || { why=$(last_words); return 1; }
		[ $SECONDS -lt $patience ] || { why="not ready after a minute"; return 1; }
		sleep 0.002
	done
}

# start_tracer VARIANT: 0 when it is attached; else $why. Begins in $tmp/began, in microseconds.
start_tracer() {
	local words
	tracer=
	rm -f "$ready" "$trace" "$tmp/out" "$tmp/err"
	[ -n "${tracers[$1]}" ] || return 0
	read -ra words <<<"${tracers[$1]}"
	{
		echo "${EPOCHREALTIME/./}" >"$tmp/began"
		"${words[@]}"
	} >"$tmp/out" 2>"$tmp/err" </dev/null &
	tracer=$!
	await_ready
}

stop_tracer() {
	[ -n "$tracer" ] || return 0
	kill -INT "$tracer" 2>/dev/null || true
	wait "$tracer" || die "$1 ended with status $?: $(last_words)"
	tracer=
}

# The lines of a trace's header, as this kernel's recordings have it.
read_header() {
	start_tracer record || die "dioscope record: $why"
	stop_tracer record
	"$DIOSCOPE" export "$trace" | jq -c 'select(.type == "header")' >"$tmp/header"
	mapfile -t hooks < <(jq -r 'to_entries[] | select(.key | startswith("hook.")).value' "$tmp/header")
}
