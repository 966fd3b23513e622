# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# What the guests of several tests do alike; sourced by them.
TMPDIR=/tmp
export TMPDIR

# What must be as before when all is done.
state() { losetup -a | sort; sort /proc/mounts; }

# try NAME COMMAND...: its output and its exit status as $OUT/NAME and $OUT/NAME.status
try() {
	name=$1
	shift
	"$@" >"$OUT/$name" 2>&1
	echo $? >"$OUT/$name.status"
}

# fio_job NAME FILE OPTION...: 4k random overwrites under dioscope record, which $beside may be a prefix of
fio_job() {
	name=$1 file=$2
	shift 2
	# shellcheck disable=SC2086 # a command and its arguments
	${beside:-} ./dioscope record -o "$OUT/$name.trace" -- ./fio --name=job --filename="$file" --bs=4k --rw=randwrite --direct=1 \
		--overwrite=1 --output-format=json --output="$OUT/$name.json" "$@" 2>"$OUT/$name.err"
}
