// SPDX-License-Identifier: GPL-2.0-only
// The columns that the table of writes can have: any fact, any row of time, and what the totals count it as.

import {A, D, F, NR, RUNS, findingsOf, labels, main, row, runOf, tagged, times} from './data.js';
import {fact, how, isWord, known, value} from './facts.js';
import {el} from './dom.js';
import {number, time} from './format.js';
import {TIME_KEYS} from './filter.js';

function badge(text, kind) {
	return el('span', {class: 'badge ' + kind}, text);
}

const LOCKS = {L0: ['shared', 'good'], L1: ['exclusive', 'warn'], L2: ['shared → exclusive', 'bad'], L3: ['refused', ''],
	       L4: ['none', '']};
const DURABLE = {D0: ['FUA', 'good'], D1: ['flush', ''], D2: ['commit', ''], D3: ['commit, flush', ''], D4: ['sync', ''],
		 D5: ['nothing', 'bad'], D6: ['failed', ''], D7: ['unknown', '']};

function lockCell(i) {
	const [text, kind] = LOCKS[tagged(i, 'L')] || ['unknown', ''];
	return badge(text, kind);
}

function durableCell(i) {
	const tag = tagged(i, 'D');
	return tag ? badge(...DURABLE[tag]) : '';
}

function bufferedCell(i) {
	const w = main(i), [reason] = labels(i, 'F');
	if (reason)
		return badge(reason, value(w, 'fallback') === 1 ? 'bad' : 'warn');
	return known(w, 'fallback') || how(w, F.fallback) === 'n' ? '' : fact(w, 'fallback');
}

function zeroed(i) {
	return Number(value(main(i), 'zero_head') || 0) + Number(value(main(i), 'zero_tail') || 0);
}

// Words sort by what they say, not by their number.
function sortable(field, v) {
	return v !== null && isWord(field) ? D.words[v] : v;
}

function factColumn(field) {
	return {
		key: field.key, label: field.label, help: field.help, num: !['text', 'dev', 'enum', 'mask', 'bool'].includes(field.kind),
		cls: field.kind === 'text' ? 'name' : '',
		sort: (i) => sortable(field, value(main(i), field.key)),
		show: (i) => how(main(i), F[field.key]) === 'n' ? el('span', {class: 'nr', title: 'not reached'}, '–') : fact(main(i), field.key),
	};
}

function timeColumn(key, n) {
	return {
		key, label: D.times[n], help: 'time spent there', num: true, sort: (i) => A.t[n]()[i],
		show: (i) => A.t[n]()[i] === null ? '' : time(Number(A.t[n]()[i])),
	};
}

function reasons(i) {
	return ['U', 'F', 'Y', 'A', 'K', 'R'].flatMap((letter) => labels(i, letter));
}

function ownTime(i) {
	const list = main(i) && times(main(i)).sort((a, b) => b[1] - a[1]);
	return list.length ? `${D.times[list[0][0]]} ${time(list[0][1])}` : '';
}

const RUN = {key: 'run', label: 'run', help: 'which of the two it is of', sort: runOf,
	     show: (i) => el('span', {class: 'run of-' + RUNS[runOf(i)].toLowerCase()}, RUNS[runOf(i)])};

const OWN = [
	...(RUNS.length ? [RUN] : []),
	{key: 'id', label: 'write', help: 'its number in the trace', num: true, sort: (i) => main(i).side.id()[i], show: (i) => String(main(i).side.id()[i])},
	{key: 'at', label: 'at', help: 'since the first write', num: true, sort: (i) => main(i).side.at()[i],
	 show: (i) => main(i).side.at()[i] === null ? '' : (Number(main(i).side.at()[i]) / 1e9).toFixed(6) + ' s'},
	{key: 'workload', label: 'workload', help: 'of the verify run', sort: (i) => row.k()[i], show: (i) => D.workloads[row.k()[i]].id},
	{key: 'op', label: 'op', help: 'line of the workload', num: true, sort: (i) => row.op()[i], show: (i) => row.op()[i] ? String(row.op()[i]) : ''},
	{key: 'locked', label: 'locked', help: 'how i_rwsem was held', sort: (i) => tagged(i, 'L'), show: lockCell},
	{key: 'buffered', label: 'buffered', help: 'why it went through the page cache', sort: (i) => tagged(i, 'F'), show: bufferedCell},
	{key: 'durable', label: 'durable by', help: 'what made it durable', sort: (i) => tagged(i, 'D'), show: durableCell},
	{key: 'zeroed', label: 'zeroed', help: 'bytes around the data', num: true, sort: zeroed, show: (i) => zeroed(i) ? number(zeroed(i)) : ''},
	{key: 'reasons', label: 'reasons', help: 'why it was slow, serialised, buffered or failed', cls: 'reasons', sort: (i) => reasons(i).join('; '), show: (i) => reasons(i).join('; ')},
	{key: 'most', label: 'most of its time', help: 'the row of time that is the longest', sort: ownTime, show: ownTime},
	{key: 'findings', label: 'findings', help: 'facts that differ', num: true, sort: (i) => findingsOf(i, 0).length,
	 show: (i) => findingsOf(i, 0).length ? badge(String(findingsOf(i, 0).length), 'bad') : ''},
	{key: 'kept', label: 'kept as', help: 'why this write is in the page', sort: (i) => row.kept()[i],
	 show: (i) => D.kept.filter((word, bit) => row.kept()[i] >> bit & 1).join(', ')},
];

export const COLUMNS = new Map([...OWN, ...D.fields.map(factColumn), ...TIME_KEYS.map(timeColumn)].map((c) => [c.key, c]));

function varies(key) {
	const column = A.v[F[key]]();
	return column.some((v) => v !== column[0]);
}

export const DEFAULT_COLUMNS = [
	...(D.verify ? ['workload', 'op'] : RUNS.length ? ['run', 'at'] : ['at']), ...(!D.verify && NR && varies('comm') ? ['comm'] : []), 'file', 'pos', 'len', 'latency', 'most',
	'locked', 'buffered', 'durable', 'reasons', 'ret', ...(D.verify ? ['findings'] : []),
];
