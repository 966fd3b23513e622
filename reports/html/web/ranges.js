// SPDX-License-Identifier: GPL-2.0-only
// One write: where in the file. A lane each for what was asked, the mapping rounds, the bios and the page cache.

import {D, STEP, steps} from './data.js';
import {svg} from './dom.js';
import {known, value} from './facts.js';
import {number} from './format.js';

const ROUND = 1, DATA = 0, FUA = 1 << 17, LANE = 26;

function mapFlags(flags) {
	return ['new', 'dirty', 'shared', 'merged'].filter((name, bit) => flags >> bit & 1).join('+');
}

export function isRound(s) {
	return s[STEP.kind] === ROUND;
}

export function stepName(s) {
	if (isRound(s))
		return [D.maps[s[STEP.role]] || '?', mapFlags(s[STEP.flags])].filter(Boolean).join('+');
	return (D.roles[s[STEP.role]] || '?') + (s[STEP.opf] & FUA ? ' FUA' : '');
}

function spanOf(s) {
	return [Number(s[STEP.pos]), Number(s[STEP.pos]) + Number(s[STEP.len])];
}

function bioClass(s) {
	return s[STEP.role] !== DATA ? 'zero' : s[STEP.opf] & FUA ? 'fua' : 'data';
}

// [label, [[from, to, class, name], ...]] for each lane of a side.
function lanes(w, side) {
	const all = steps(w), prefix = side ? side + ' ' : '', list = [];
	const rounds = all.filter(isRound), bios = all.filter((s) => !isRound(s));
	if (rounds.length)
		list.push([prefix + 'mapping', rounds.map((s) => [...spanOf(s), D.maps[s[STEP.role]] || 'hole', stepName(s)])]);
	if (bios.length)
		list.push([prefix + 'bios', bios.map((s) => [...spanOf(s), bioClass(s), stepName(s)])]);
	if (value(w, 'fallback') && known(w, 'fallback_pos')) {
		const pos = Number(value(w, 'fallback_pos'));
		list.push([prefix + 'buffered', [[pos, pos + Number(value(w, 'fallback_len') || 0), 'buffered', 'page cache']]]);
	}
	return list;
}

function extent(w) {
	const pos = value(w, 'pos'), len = value(w, 'len');
	return pos === null || len === null ? null : [Number(pos), Number(pos) + Number(len)];
}

// The part of the file that is drawn: the write and its bios, in whole blocks, and a bit around.
function domain(writes) {
	const block = 2 ** (value(writes[0], 'blkbits') || 12);
	let spans = writes.flatMap((w) => [extent(w), ...steps(w).filter((s) => !isRound(s)).map(spanOf)]).filter(Boolean);
	if (!spans.length)
		spans = writes.flatMap((w) => steps(w).map(spanOf));
	if (!spans.length)
		return null;
	const from = Math.floor(Math.min(...spans.map((s) => s[0])) / block) * block;
	const to = Math.max(Math.ceil(Math.max(...spans.map((s) => s[1])) / block) * block, from + block);
	return {from: Math.max(0, from), to, block, margin: (to - from) * 0.03};
}

function ticks(range) {
	const every = range.block * Math.max(1, 2 ** Math.ceil(Math.log2((range.to - range.from) / range.block / 8)));
	const list = [];
	for (let pos = range.from; pos <= range.to && list.length < 40; pos += every)
		list.push(pos);
	return list;
}

function laneNodes([label, spans], y, x, right) {
	const nodes = [svg('text', {x: 10, y: y + 14}, label)];
	for (const [from, to, cls, name] of spans) {
		const left = Math.max(x(from), x.left), end = Math.min(x(to), right), width = Math.max(2, end - left);
		if (end < x.left || left > right)
			continue;
		nodes.push(svg('rect', {x: left, y, width, height: 20, rx: 2, class: cls},
			       svg('title', {}, `${name} [${number(from)}, ${number(to)})`)));
		if (width > name.length * 6.4 + 8)
			nodes.push(svg('text', {x: left + width / 2, y: y + 14, 'text-anchor': 'middle', class: 'in ' + cls}, name));
	}
	return nodes;
}

// The write's own ends first: they get their numbers even where block boundaries are near.
function axisNodes(range, edges, x, height, isize) {
	const nodes = [], taken = [];
	const mark = (pos, cls) => {
		const text = number(pos), half = text.length * 3.1 + 4, at = x(pos);
		nodes.push(svg('line', {x1: at, x2: at, y1: 6, y2: height - 22, class: 'tick ' + cls}));
		if (taken.some(([from, to]) => at + half > from && at - half < to))
			return;
		taken.push([at - half, at + half]);
		nodes.push(svg('text', {x: at, y: height - 8, 'text-anchor': 'middle', class: cls}, text));
	};
	edges.forEach((pos) => mark(pos, 'edge'));
	ticks(range).filter((pos) => !edges.includes(pos)).forEach((pos) => mark(pos, ''));
	if (isize !== null && isize >= range.from && isize <= range.to)
		nodes.push(svg('line', {x1: x(isize), x2: x(isize), y1: 2, y2: height - 22, class: 'eof'}, svg('title', {}, `i_size ${number(isize)}`)));
	return nodes;
}

// sides: [[write, name], ...], the first of which is what the drawing is about. null: nothing is known of it.
export function ranges(sides, width) {
	const writes = sides.map(([w]) => w), range = domain(writes), asked = extent(writes[0]), list = [];
	if (!range)
		return null;
	if (asked)
		list.push(['write', [[...asked, 'asked', 'write']]]);
	sides.forEach(([w, name]) => list.push(...lanes(w, name)));
	if (!list.length)
		return null;
	const gutter = width < 560 ? 78 : 104, height = list.length * LANE + 34, right = width - 12;
	const scale = (right - gutter - 12) / (range.to - range.from + 2 * range.margin);
	const x = (pos) => gutter + (pos - range.from + range.margin) * scale;
	x.left = gutter;
	const isize = value(writes[0], 'isize');
	return svg('svg', {class: 'ranges', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'where in the file'},
		   ...axisNodes(range, asked || [], x, height, isize === null ? null : Number(isize)),
		   ...list.flatMap((lane, i) => laneNodes(lane, 8 + i * LANE, x, right)));
}
