# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests that hold what dioscope says against what the writers of it know; sourced after tests/lib.sh.
# What is recorded is $tmp/NAME.trace, $tmp/NAME.json and what the command said, $tmp/NAME.out.
# shellcheck disable=SC2016 # jq's variables

# shellcheck disable=SC2034 # for those that source this
programs=$DIOSCOPE_BUILD/programs

# judge [JQ-OPTION...] FILTER: by the words of judge.jq
judge() { jq -L tests -rn "${@:1:$#-1}" "include \"judge\"; ${!#}"; }

# loaded NAME: the trace as JSON, what is wrong with it at once: losses, times that do not add up
loaded() {
	"$DIOSCOPE" export "$tmp/$1.trace" >"$tmp/$1.json" || { miss "$1: the trace can be read"; return 1; }
	equal "$1: nothing is lost" "$(jq -c 'select(.type == "trailer") | [.lost, .lost_steps]' "$tmp/$1.json")" '[0,0]'
	adds_up "$1" "$tmp/$1.json"
}

# adds_up TITLE EXPORT
adds_up() {
	equal "$1: the rows of time add up to the latency" \
		"$(judge --slurpfile t "$2" '$t | not_adding_up | tojson')" '[]'
}

# recorded NAME [OPTION...] -- COMMAND...
recorded() {
	local name=$1
	shift
	"$DIOSCOPE" record -o "$tmp/$name.trace" "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" ||
		{ miss "$name: it is recorded" "$(tail -n 3 "$tmp/$name.err" "$tmp/$name.out")"; return 1; }
	loaded "$name"
}

# of NAME FILTER: the values of a filter over the trace's writes, each once and counted: "3 shared, 1 exclusive"
of() {
	jq -r "select(.type == \"write\") | $2 | tostring" "$tmp/$1.json" | sort | uniq -c | sort -rn |
		awk '{ $1 = $1; printf "%s%s", (NR > 1 ? ", " : ""), $0 }'
}

report() { "$DIOSCOPE" report "$tmp/$1.trace"; }

# Where others compute, too, one run is no measurement: between a stamp and the caller's clock a process may lose its
# processor for longer than a write takes. What is wrong with dioscope is so each time.
# one_fits TITLE COMMAND...: at least one of four times it says nothing
one_fits() {
	local title=$1 said all=
	shift
	for _ in 1 2 3 4; do
		said=$("$@" 2>&1) || said+=" (status $?)"
		[ -n "$said" ] || { pass "$title"; return; }
		all+="$said"$'\n'
	done
	miss "$title" "${all%$'\n'}"
}

# completions: what tests/with-events has left; the times from the end of the last request until the sync, or the end of
# a write that has none, in ns, of writes that come one after the other
completions() {
	awk '
	function ns(word) { sub(/:$/, "", word); split(word, part, "."); return (part[1] % 1000000) * 1e9 + part[2] * 1000 }
	/^#/ { next }
	{ for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) { at = ns($i); event = $(i + 1); break } }
	event == "iomap_dio_rw_begin:" { under_way = 1; ended = 0 }
	event == "block_rq_complete:" && under_way { ended = at }
	(event == "ext4_sync_file_enter:" || event == "iomap_dio_complete:") && under_way && ended {
		printf "%d\n", at - ended
		under_way = 0
	}' | jq -cs .
}

# against_events NAME: the completions of $tmp/NAME.json against those of $tmp/NAME.theirs, within 10 %. They are the same
# writes in the same order: most of it is the wake-up of who waits, which is another time each time.
against_events() {
	judge --slurpfile t "$tmp/$1.json" --slurpfile theirs "$tmp/$1.theirs" '
		($t | writes | map([.times // {} | to_entries[] | select(.key | test("wake-up|complet")).value] | total)) as $o |
		$theirs[0] as $t |
		if ($o | length) != ($t | length) then "\($o | length) writes, by the events \($t | length)" else
		[near("sum"; $o | total; $t | total; 10),
		 near("p50"; $o | quantile(0.5); $t | quantile(0.5); 10),
		 near("median of ratios, per mille"; [$o, $t] | transpose | map(1000 * .[0] / .[1]) | quantile(0.5); 1000; 10)] |
		join(", ") end'
}
