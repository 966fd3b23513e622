# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# Programs that people have and that write directly, each under `dioscope record` on the file system at $mnt; sourced by
# what looks at the traces, natively (tests/loop/210-applications) and in guests (tests/vm/guest-applications).
#	$DIOSCOPE $mnt $tmp	the program, a file system with room, a directory for sockets and messages
#	$writes			how many each makes at least
# shellcheck disable=SC2154 # set by who sources it

# mariadb_install DIR: a data directory there
mariadb_install() {
	mariadb-install-db --no-defaults --user=root --datadir="$1" --auth-root-authentication-method=normal \
		--skip-test-db --innodb-log-file-size=16M >"$tmp/err" 2>&1
}

sql() { mariadb --no-defaults -S "$tmp/socket" "$@"; }

answers() {
	for _ in $(seq 600); do
		sql -e 'select 1' >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}

# record_mariadb TRACE [OPTION...]: pages, doublewrite and log, O_DIRECT
record_mariadb() {
	trace=$1 rows=$((9000 + 3 * writes)) # what does not fit into the buffer pool is written
	shift
	"$DIOSCOPE" record -o "$trace" -- mariadbd --no-defaults "$@" --user=root --datadir="$mnt/mariadb" --socket="$tmp/socket" \
		--pid-file="$tmp/pid" --skip-networking --innodb-flush-method=O_DIRECT --innodb-buffer-pool-size=8M \
		--innodb-log-file-size=16M >"$tmp/err" 2>&1 &
	server=$!
	answers && sql -e "create database d; use d; create table t (id int primary key, k int, v varchar(250), key(k)) engine=innodb;
		insert into t select seq, crc32(seq) % 1000000, repeat('x', 200) from seq_1_to_$rows;
		update t set v = repeat('y', 210), k = crc32(id + 7) % 1000000 where id % 3 = 0;" &&
		mariadb-slap --no-defaults -S "$tmp/socket" --create-schema=d --concurrency=4 --number-of-queries=$((writes / 10)) \
			--query="update t set k = floor(rand() * 1000000) where id = floor(1 + rand() * $rows)" >/dev/null &&
		mariadb-admin --no-defaults -S "$tmp/socket" shutdown || kill "$server"
	wait "$server"
}

# record_rocksdb TRACE: direct I/O for flush and compaction
record_rocksdb() {
	"$DIOSCOPE" record -o "$1" -- db_bench --db="$mnt/rocksdb" --benchmarks=fillrandom,overwrite --num=$((8 * writes)) \
		--value_size=400 --threads=2 --use_direct_io_for_flush_and_compaction=true --use_direct_reads=true \
		--writable_file_max_buffer_size=16384 --write_buffer_size=$((400 * writes)) --target_file_size_base=$((200 * writes)) \
		--compression_type=none >"$tmp/err" 2>&1 && rm -r "$mnt/rocksdb"
}

# convert_source FILE: every sixth block of it holds something, so that each is a write of its own
convert_source() {
	fio --name=source --filename="$1" --rw=write:20k --bs=4k --size=$((30 * writes))k --fallocate=none --randseed=1 \
		--refill_buffers --output=/dev/null
}

# record_qemu_img TRACE SOURCE FORMAT [OPTION...]: cache=none
record_qemu_img() {
	trace=$1 source=$2 format=$3
	shift 3
	"$DIOSCOPE" record -o "$trace" -- qemu-img convert -t none -f raw -O "$format" "$@" "$source" "$mnt/image" 2>"$tmp/err" &&
		rm "$mnt/image"
}
