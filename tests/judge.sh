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
	adds_up "$1" "$1"
}

# adds_up TITLE NAME
adds_up() {
	if ! jq -es 'any(.[]; .times)' "$tmp/$2.json" >/dev/null; then
		skip "$1: the rows of time add up to the latency" "the export has none"
		return
	fi
	equal "$1: the rows of time add up to the latency" \
		"$(judge --slurpfile t "$tmp/$2.json" '$t | not_adding_up | tojson')" '[]'
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
