// SPDX-License-Identifier: GPL-2.0-only
// The data of the page: html_data.c and html_columns.c say how it is written. Columns are unpacked when they are wanted.

export const D = JSON.parse(document.getElementById('data').textContent);

// Items of a text; '' is nothing. "4096*3,,8192" is 4096, 4096, 4096, '', 8192.
export function items(text) {
	const list = [];
	for (const item of text.split(',')) {
		const star = item.indexOf('*');
		if (star < 0)
			list.push(item);
		else
			for (let n = Number(item.slice(star + 1)), value = item.slice(0, star); n > 0; n--)
				list.push(value);
	}
	return list;
}

// What a number holds exactly is one, what it does not stays a text; nothing is null.
function numeric(item) {
	if (item === '')
		return null;
	const n = Number(item);
	return Number.isSafeInteger(n) ? n : item;
}

export function numbers(text) {
	return items(text).map(numeric);
}

function lazy(make) {
	let made;
	return () => made || (made = make());
}

function lazyColumn(text) {
	return lazy(() => numbers(text));
}

// --- rows -----------------------------------------------------------------------------------------------------------

const R = D.rows;
export const row = {k: lazyColumn(R.k), op: lazyColumn(R.op), kept: lazyColumn(R.kept), cut: lazyColumn(R.cut),
		    tags: lazyColumn(R.tags), why: lazyColumn(R.why)};
export const NR = R.k === '' ? 0 : row.k().length;

// What the runs are called, where there are two; of one there is no name. Every run has a timeline.
export const RUNS = D.runs, TIMELINES = D.timelines;

export function runOf(i) {
	return RUNS.length ? row.k()[i] : 0;
}

export const TAGS = {}; // of a tag: its label, key, and its group's title and key
D.groups.forEach(([title, group, tags]) => tags.forEach(([tag, label, key]) => { TAGS[tag] = {label, key, title, group}; }));
const tagsets = D.tagsets.map((text) => text.split(' '));

export function tagsOf(i) {
	return tagsets[row.tags()[i]];
}

// The first of a letter, or null.
export function tagged(i, letter) {
	return tagsOf(i).find((tag) => tag[0] === letter) || null;
}

export function labels(i, letter) {
	return tagsOf(i).filter((tag) => tag[0] === letter && TAGS[tag]).map((tag) => TAGS[tag].label);
}

export const DIFFERENT = 0, ALLOWED = 1;
const findings = new Map(R.f.map(([i, list]) => [i, list.map(([fact, what, verdict, a, b, rule]) =>
	({fact, what: D.words[what], verdict, a: D.words[a], b: D.words[b], rule: D.words[rule]}))]));

export function findingsOf(i, verdict) {
	return (findings.get(i) || []).filter((f) => verdict === undefined || f.verdict === verdict);
}

// --- sides ----------------------------------------------------------------------------------------------------------

function makeSide(s) {
	const side = {id: lazyColumn(s.id), state: lazyColumn(s.state), how: lazyColumn(s.how), missing: lazyColumn(s.missing),
		      at: lazyColumn(s.at), v: s.v.map(lazyColumn), t: s.t.map(lazyColumn), s: lazy(() => s.s.split(','))};
	return side;
}

export const A = makeSide(R.a), B = R.b ? makeSide(R.b) : null;

// A write: a side and the number of its row. null: that side has none.
export function write(i, side) {
	return side && side.how()[i] !== null ? {i, side} : null;
}

// What the table is about: the live write, or the reference's where only that exists.
export function main(i) {
	return write(i, A) || write(i, B);
}

export const F = {}; // number of a fact by its key
D.fields.forEach((f, i) => { F[f.key] = i; });
export const ERRORS = new Map(D.errors);
export const STEP = {kind: 0, role: 1, flags: 2, pos: 3, len: 4, addr: 5, opf: 6};

export function steps(w) {
	const text = w.side.s()[w.i], from = Number(w.side.v[F.pos]()[w.i] || 0);
	return text === '' ? [] : text.split(';').map((step) => {
		const s = step.split(':').map(numeric);
		s[STEP.pos] = Number(s[STEP.pos]) + from;
		return s;
	});
}

// Rows of its time: [[number, ns], ...].
export function times(w) {
	return w.side.t.map((column, n) => [n, column()[w.i]]).filter(([, ns]) => ns !== null).map(([n, ns]) => [n, Number(ns)]);
}
