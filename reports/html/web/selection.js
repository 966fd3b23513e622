// SPDX-License-Identifier: GPL-2.0-only
// What the writes that are shown say together: how many, how long they took, where their time went, why.

import {D, NR, RUNS, TAGS, main, row, runOf, tagsOf, times} from './data.js';
import {value} from './facts.js';
import {el} from './dom.js';
import {counted, number, percent, quantile, time} from './format.js';
import {quote, replaceTerm} from './filter.js';
import {setState, state} from './state.js';

const REASONS = 4;

function keptText() {
	if (D.total <= NR)
		return '';
	return ` The page holds ${number(NR)} of ${number(D.total)}: the slowest of all and of each reason, those that failed or were buffered, ` +
		'and a uniform sample; what is above is of all.';
}

export function countText(rows) {
	return (rows.length === NR ? counted(NR, 'write') : `${number(rows.length)} of ${counted(NR, 'write')}`) + '.' + keptText();
}

function timeList(rows) {
	const sums = D.times.map(() => 0);
	rows.forEach((i) => times(main(i)).forEach(([n, ns]) => { sums[n] += ns; }));
	return sums.map((ns, n) => [n, ns]).filter(([, ns]) => ns);
}

function timeBar(rows) {
	const list = timeList(rows), total = list.reduce((sum, [, ns]) => sum + ns, 0);
	const shares = list.filter(([, ns]) => ns >= total / 100).sort((a, b) => b[1] - a[1]);
	const bar = list.map(([n, ns]) => {
		const node = el('i', {class: 'r' + n});
		node.style.flex = ns / total;
		return node;
	});
	return total ? [el('div', {class: 'timebar', 'aria-hidden': 'true'}, ...bar),
			el('ul', {class: 'legend'}, ...shares.map(([n, ns]) => el('li', {}, el('i', {class: 'r' + n}), D.times[n] + ' ', el('b', {}, percent(ns, total)))))] : [];
}

function quantiles(rows) {
	const list = rows.map((i) => value(main(i), 'latency')).filter((ns) => ns !== null).map(Number).sort((a, b) => a - b);
	return list.length ? [['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['p99.9', 0.999], ['max', 1]]
		.map(([name, q]) => `${name} ${time(quantile(list, q))}`).join(', ') : '';
}

function reasonLinks(rows) {
	const nr = new Map();
	rows.forEach((i) => tagsOf(i).filter((tag) => D.whys[tag]).forEach((tag) => nr.set(tag, (nr.get(tag) || 0) + 1)));
	return [...nr].sort((a, b) => b[1] - a[1]).slice(0, REASONS).map(([tag, n]) => el('li', {}, el('a', {href: '#', onclick: (event) => {
		event.preventDefault();
		setState({f: replaceTerm(state.f, TAGS[tag].group, `${TAGS[tag].group}=${quote(TAGS[tag].key)}`)}, 'push');
	}}, TAGS[tag].label), ' ' + number(n)));
}

// Of a sample that is one: the slowest and the failures are there because they are, and would count too much.
function uniform(rows) {
	return D.total > NR ? rows.filter((i) => row.kept()[i] & 1) : rows;
}

function summary(rows, run) {
	const of = uniform(rows), name = run ? run + ': ' : '';
	return [el('p', {}, name, D.total > NR ? `of the uniform sample ${number(of.length)} match: ` : `${counted(of.length, 'write')} took: `, quantiles(of)),
		...timeBar(of), el('ul', {class: 'legend'}, ...reasonLinks(of))];
}

// Each run by itself.
export function drawSelection(rows, place) {
	place.replaceChildren();
	if (rows.length === NR || !rows.length)
		return;
	const parts = RUNS.length ? RUNS.map((run, n) => [rows.filter((i) => runOf(i) === n), run]) : [[rows, '']];
	place.append(...parts.filter(([of]) => of.length).flatMap(([of, run]) => summary(of, run)));
}
