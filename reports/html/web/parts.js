// SPDX-License-Identifier: GPL-2.0-only
// What became of the range of a file, in parts as wide as a strip can show: from the writes of it that the page holds.

import {A, D, F, STEP, steps, write} from './data.js';
import {value} from './facts.js';
import {isRound} from './ranges.js';

const UNITS = 1 << 20; // that are told apart, at most

// Where a write went: [from, to] in bytes.
export function rangeOf(i) {
	const pos = Number(A.v[F.pos]()[i]), len = Number(A.v[F.len]()[i]);
	return [pos, pos + Math.max(1, len || 1)];
}

function cut([from, to], [low, high]) {
	return [Math.max(from, low), Math.min(to, high)];
}

// What it met where: [[from, to, type], ...]. What no round tells is unknown.
export function metBy(i) {
	const w = write(i, A), range = rangeOf(i);
	const rounds = steps(w).filter(isRound).map((s) => [...cut([s[STEP.pos], s[STEP.pos] + Number(s[STEP.len])], range), D.maps[s[STEP.role]] || 'unknown']);
	const there = rounds.filter(([from, to]) => to > from);
	return there.length ? there : [[...range, 'unknown']];
}

// Where it wrote zeroes around its data.
export function zeroesOf(i) {
	const zeroes = steps(write(i, A)).filter((s) => !isRound(s) && s[STEP.role] > 0).map((s) => [s[STEP.pos], s[STEP.pos] + Number(s[STEP.len])]);
	const w = write(i, A), [from, to] = rangeOf(i), head = Number(value(w, 'zero_head') || 0), tail = Number(value(w, 'zero_tail') || 0);
	return zeroes.length ? zeroes : [[from - head, from], [to, to + tail]].filter(([a, b]) => b > a);
}

// Which parts of the range were written before: a bit for each unit.
class Written {
	constructor(from, to) {
		this.from = from;
		this.unit = 512;
		while ((to - from) / this.unit > UNITS)
			this.unit *= 2;
		this.bits = new Uint8Array(Math.ceil((to - from) / this.unit) + 1);
	}

	// Whether any of it was there before.
	add([from, to]) {
		let again = false;
		for (let unit = Math.floor((from - this.from) / this.unit), end = Math.ceil((to - this.from) / this.unit); unit < end; unit++) {
			again = again || this.bits[unit] === 1;
			this.bits[unit] = 1;
		}
		return again;
	}
}

// Of rows by time: which of them wrote what an earlier one had written.
export function rewrites(rows, range) {
	const written = new Written(range.from, range.to);
	return new Set(rows.filter((i) => written.add(rangeOf(i))));
}

export function byTime(rows) {
	const at = A.at();
	return [...rows].sort((a, b) => Number(at[a]) - Number(at[b]));
}

// A part: how many writes of it, how many of these again, what the first met, when the last one was, zero-outs.
export function partsOf(rows, again, range, nr) {
	const list = Array.from({length: nr}, () => ({nr: 0, again: 0, type: null, last: null, zeroes: 0}));
	const at = (pos) => Math.max(0, Math.min(nr - 1, Math.floor((pos - range.from) / (range.to - range.from) * nr)));
	const over = ([from, to], change) => {
		for (let part = at(from), end = at(to - 1); part <= end; part++)
			change(list[part]);
	};
	for (const i of rows) {
		const when = Number(A.at()[i]), rewritten = again.has(i) ? 1 : 0;
		metBy(i).forEach(([from, to, type]) => over([from, to], (part) => { part.type = part.type || type; }));
		over(rangeOf(i), (part) => Object.assign(part, {nr: part.nr + 1, again: part.again + rewritten, last: when}));
		zeroesOf(i).forEach((zero) => over(zero, (part) => { part.zeroes++; }));
	}
	return list;
}
