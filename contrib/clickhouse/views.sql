-- SPDX-License-Identifier: GPL-2.0-only
-- What `dioscope report` counts, by node and trace: the rows of a view are its rows, by its names. Over nodes they add up:
-- SELECT lock, sum(writes) FROM locks GROUP BY lock. (View `times` is made by the script tables.)
--
-- A sum is of what is known: beside each stands how many writes it is of.

DROP TABLE IF EXISTS totals;
CREATE VIEW totals AS SELECT node, trace, count() AS writes, ifNull(sumIf(ret, ret > 0), 0) AS bytes,
	countIf(ret < 0) AS failed, count(latency) AS timed, ifNull(sum(latency), 0) AS latency_ns,
	countIf(fallback IN ('whole', 'rest')) AS fallbacks
FROM writes GROUP BY node, trace;

DROP TABLE IF EXISTS submits;
CREATE VIEW submits AS SELECT node, trace, ifNull(submit, '') AS submitted, count() AS writes
FROM writes GROUP BY node, trace, submitted;

DROP TABLE IF EXISTS locks;
CREATE VIEW locks AS SELECT node, trace, ifNull(lock_row, '') AS lock, count() AS writes
FROM writes GROUP BY node, trace, lock;

-- a write that was not over when the recording ended is in no row but how it was submitted and locked
DROP TABLE IF EXISTS mappings;
CREATE VIEW mappings AS SELECT node, trace, ifNull(mapping, '') AS mapped, count() AS writes
FROM writes WHERE NOT has(state, 'in-flight') GROUP BY node, trace, mapped;

DROP TABLE IF EXISTS durabilities;
CREATE VIEW durabilities AS SELECT node, trace, ifNull(durability, '') AS durable, count() AS writes
FROM writes WHERE durability IS NOT NULL AND NOT has(state, 'in-flight') GROUP BY node, trace, durable;

DROP TABLE IF EXISTS whys;
CREATE VIEW whys AS SELECT node, trace, why_group, why, count() AS writes, ifNull(sum(latency), 0) AS latency_ns
FROM (SELECT node, trace, latency, arrayConcat(
	arrayMap(w -> ('why_exclusive', w), why_exclusive), arrayMap(w -> ('why_buffered', w), why_buffered),
	arrayMap(w -> ('why_sync', w), why_sync), arrayMap(w -> ('why_waited', w), why_waited),
	arrayMap(w -> ('why_work', w), why_work), arrayMap(w -> ('why_failed', w), why_failed)) AS all_whys FROM writes)
ARRAY JOIN all_whys.1 AS why_group, all_whys.2 AS why
GROUP BY node, trace, why_group, why;

DROP TABLE IF EXISTS files;
CREATE VIEW files AS SELECT node, trace, dev, ino, generation, file, count() AS writes,
	ifNull(sumIf(ret, ret > 0), 0) AS bytes, ifNull(sum(latency), 0) AS latency_ns, max(latency) AS max_ns,
	countIf(writes.lock = 'exclusive') AS exclusive
FROM writes GROUP BY node, trace, dev, ino, generation, file;

DROP TABLE IF EXISTS processes;
CREATE VIEW processes AS SELECT node, trace, pid, comm, count() AS writes, ifNull(sum(latency), 0) AS latency_ns
FROM writes GROUP BY node, trace, pid, comm;

DROP TABLE IF EXISTS fsyncs;
CREATE VIEW fsyncs AS SELECT node, trace, ifNull(sync, '') AS call, count() AS calls,
	ifNull(sum(latency), 0) AS latency_ns, countIf(commit = 1) AS commits, countIf(flush = 1) AS flushes
FROM syncs GROUP BY node, trace, call;

-- what load has seen the end of: whether the trace is complete, what it lost, and whether all of its writes are here
DROP TABLE IF EXISTS loaded;
CREATE VIEW loaded AS SELECT node, trace, visitParamExtractRaw(trailer, 'complete') = 'true' AS complete,
	visitParamExtractUInt(trailer, 'lost') AS lost, visitParamExtractString(header, 'kernel') AS kernel,
	if(visitParamHas(trailer, 'selected'), visitParamExtractUInt(trailer, 'selected'),
		visitParamExtractUInt(trailer, 'writes')) AS recorded, rows
FROM traces ANY LEFT JOIN (SELECT node, trace, count() AS rows FROM writes GROUP BY node, trace) USING node, trace;
