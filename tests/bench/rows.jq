# SPDX-License-Identifier: GPL-2.0-only
# Samples to rows: one of each device, depth and variant, in the order asked for. What is compared is compared within a
# round: a machine that others share is another one a minute later.
#
# $machine is part of every row; $devices, $depths and $variants are lists separated by blanks.

def median:
	sort | length as $n |
	if $n == 0 then null
	elif $n % 2 == 1 then .[($n - 1) / 2]
	else (.[$n / 2 - 1] + .[$n / 2]) / 2 end;

def place($list; $name): $list | [splits(" +")] | index($name | tostring);

def rounded($digits): if . == null then null else pow(10; $digits) as $f | (. * $f | round) / $f end;

def row:
	.[0] + {
		samples: map(.iops | values),
		iops: (map(.iops | values) | median),
		iops_min: (map(.iops | values) | min),
		iops_max: (map(.iops | values) | max),
		lost: (map(.lost) | add)
	};

# [this, other] of each round that has both; rounds come in order
def pairs($other): [.samples, ($other.samples // [])] | if (.[0] | length) == (.[1] | length) then transpose else [] end;

def added($base): [pairs($base)[] | 1e9 / .[0] - 1e9 / .[1]] | median;

# Of those that wait for each write: with others in flight, the time between two is not the time of one.
def compared($base; $empty):
	added($base) as $added | (($empty // {}) | added($base)) as $least |
	.ratio = ([pairs($base)[] | .[0] / .[1]] | median | rounded(3)) |
	.added_ns = (if .depth == 1 then $added | rounded(0) else null end) |
	.added_to_empty = (if .depth == 1 and $added and $least and $least > 0 then $added / $least | rounded(2) else null end);

group_by([.device, .depth, .variant]) | map(row) |
sort_by([place($devices; .device), place($depths; .depth), place($variants; .variant)]) |
. as $rows |
def same($row; $variant): first($rows[] | select(.device == $row.device and .depth == $row.depth and .variant == $variant)) // {};
map(. as $row | compared(same($row; "untraced"); same($row; "empty")) |
	del(.samples) | .iops |= rounded(0) | .iops_min |= rounded(0) | .iops_max |= rounded(0) | . + $machine)
