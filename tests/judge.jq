# SPDX-License-Identifier: GPL-2.0-only
# What dioscope says of writes, held against what the caller of each measured. A judgement is a string: empty, or both
# figures where they do not fit.

# The smallest value that a share of $p is not above: as fio's.
def quantile($p): sort | .[([(length * $p | ceil), 1] | max) - 1];
def total: add // 0;

def near($what; $is; $wanted; $percent):
	if $is == null or $wanted == null then "\($what): nothing to compare"
	elif ($is - $wanted | fabs) * 100 <= $percent * $wanted then empty
	else "\($what) is \($is | round), the caller's \($wanted | round)" end;

# fio's job of several processes, reported as one
def against_fio($latencies; $job):
	$job.write as $w |
	[near("sum"; $latencies | total; $w.clat_ns.mean * $w.total_ios; 5),
	 near("p50"; $latencies | quantile(0.5); $w.clat_ns.percentile["50.000000"]; 5),
	 near("p99"; $latencies | quantile(0.99); $w.clat_ns.percentile["99.000000"]; 5)] | join(", ");

# our own programs, which print each call
def against_calls($latencies; $calls):
	[near("p50"; $latencies | quantile(0.5); $calls | map(.ns) | quantile(0.5); 5),
	 near("mean"; $latencies | total / length; $calls | map(.ns) | total / length; 5)] | join(", ");

def writes: map(select(.type == "write"));
def over: (.state | length) == 0 and .latency != null;

# The rows of time are as long as the write, each of them: the ids of those that are not.
def not_adding_up:
	[writes[] | select(over) | select(((.times // {} | map(.) | total) - .latency | fabs) * 100 > .latency).id];
