// SPDX-License-Identifier: GPL-2.0-only
// One file: its offsets over time, each write as long as it took and as high as it is, in the colour of what it met; and
// what became of its range: mapping types, writes, re-writes, zero-outs, and when it was written last. Of two runs each
// has its own, on scales that they share.

import {axisBottom, axisLeft} from 'd3-axis';
import scaleLinear from 'd3-scale/src/linear.js';
import {select} from 'd3-selection';
import {A, D, F, NR, RUNS, main, runOf} from './data.js';
import {plain, value} from './facts.js';
import {el, onResize, svg} from './dom.js';
import {bytes, counted, number, time} from './format.js';
import {SPAN} from './heat.js';
import {byTime, metBy, partsOf, rangeOf, rewrites, zeroesOf} from './parts.js';
import {setState, state} from './state.js';
import {nameOf} from './table.js';

const LEFT = 76, RIGHT = 28, PLOT = RUNS.length ? 150 : 210, STRIP = 14, GAP = 5, BINS = 240, NEAR = 12, FRAMED = 8; // pixels: a frame around less would hide it
const TYPES = ['mapped', 'unwritten', 'hole', 'delalloc', 'unknown'];

// --- which file -----------------------------------------------------------------------------------------------------

// [number in words, its rows], those with most writes first.
function byFile() {
	const files = new Map(), names = A.v[F.file](), pos = A.v[F.pos](), at = A.at();
	for (let i = 0; i < NR; i++) {
		if (names[i] === null || pos[i] === null || at[i] === null || A.how()[i] === null)
			continue;
		if (!files.has(names[i]))
			files.set(names[i], []);
		files.get(names[i]).push(i);
	}
	return [...files].sort((a, b) => b[1].length - a[1].length);
}

// Where bytes have a tick: at multiples of a power of two.
function byteTicks({from, to}, nr) {
	const step = 2 ** Math.ceil(Math.log2(Math.max(1, (to - from) / nr))), list = [];
	for (let at = Math.ceil(from / step) * step; at <= to; at += step)
		list.push(at);
	return list;
}

function ends(rows) {
	let from = Infinity, to = -Infinity;
	for (const i of rows) {
		for (const [low, high] of [rangeOf(i), ...zeroesOf(i)]) {
			from = Math.min(from, low);
			to = Math.max(to, high);
		}
	}
	return {from, to: Math.max(to, from + 1)};
}

// --- offsets over time ----------------------------------------------------------------------------------------------

function box(x, y, i, [from, to]) {
	const at = Number(A.at()[i]), took = Number(value(main(i), 'latency') || 0);
	const left = x(at), top = y(to), width = Math.max(2, x(at + took) - left), height = Math.max(1.5, y(from) - top);
	return `M${left.toFixed(1)} ${top.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
}

function isLarge(x, y, i) {
	const [from, to] = rangeOf(i), took = Number(value(main(i), 'latency') || 0);
	return y(from) - y(to) > FRAMED && x(took) - x(0) > FRAMED;
}

// Those of one kind are one path: a page may hold tens of thousands.
function plot(rows, again, x, y) {
	const paths = new Map([...TYPES, 'zero', 'again'].map((type) => [type, []]));
	const add = (type, text) => (paths.get(type) || paths.get('unknown')).push(text);
	for (const i of rows) {
		metBy(i).forEach(([from, to, type]) => add(type, box(x, y, i, [from, to])));
		zeroesOf(i).forEach((zero) => add('zero', box(x, y, i, zero)));
		if (again.has(i) && isLarge(x, y, i))
			add('again', box(x, y, i, rangeOf(i)));
	}
	return svg('g', {class: 'plot'}, ...[...paths].filter(([, list]) => list.length).map(([type, list]) => svg('path', {class: 'map ' + type, d: list.join('')})));
}

// The write nearest to the pointer; -1: none is near.
function nearest(rows, px, py, x, y) {
	let best = -1, least = NEAR;
	for (const i of rows) {
		const at = Number(A.at()[i]), took = Number(value(main(i), 'latency') || 0), [from, to] = rangeOf(i);
		const dx = Math.max(x(at) - px, px - x(at + took), 0), dy = Math.max(y(to) - py, py - y(from), 0);
		if (dx + dy < least) {
			least = dx + dy;
			best = i;
		}
	}
	return best;
}

function told(i, again) {
	const w = main(i), zeroes = zeroesOf(i).reduce((sum, [from, to]) => sum + to - from, 0);
	return [`write ${nameOf(i)}: ${number(Number(value(w, 'len') || 0))} bytes at ${number(Number(value(w, 'pos')))}, ${(Number(A.at()[i]) / 1e9).toPrecision(4)} s, took ${plain(w, 'latency')}`,
		'met ' + [...new Set(metBy(i).map(([, , type]) => type))].join(', '), zeroes && bytes(zeroes) + ' zeroed', again.has(i) && 'written before'].filter(Boolean).join('; ');
}

// --- strips ---------------------------------------------------------------------------------------------------------

// A strip: what it is called, and how a part of it is painted; null: not at all.
const STRIPS = [
	['first met', (part) => part.type && {class: 'map ' + part.type}],
	['writes', (part, most) => part.nr ? {class: 'map count', 'fill-opacity': shade(part.nr, most.nr)} : null],
	['re-writes', (part, most) => part.again ? {class: 'map again', 'fill-opacity': shade(part.again, most.again)} : null],
	['zeroed', (part) => part.zeroes ? {class: 'map zero'} : null],
	['last written', (part) => part.last === null ? null : {class: 'map late', 'fill-opacity': (0.12 + 0.88 * part.last / SPAN).toFixed(2)}],
];
const STRIPS_HEIGHT = STRIPS.length * (STRIP + GAP);

function shade(n, most) {
	return (0.2 + 0.8 * Math.log1p(n) / Math.log1p(most)).toFixed(2);
}

function partText(part, n, range) {
	const at = (k) => bytes(range.from + (range.to - range.from) * k / BINS);
	return `${at(n)} to ${at(n + 1)}: ${counted(part.nr, 'write')}, the first met ${part.type || 'unknown'}` + (part.again ? `, ${counted(part.again, 're-write')}` : '') +
		(part.zeroes ? `, ${counted(part.zeroes, 'zero-out')}` : '') + (part.last === null ? '' : `, last after ${time(part.last)}`);
}

function strips(parts, along, top) {
	const [left, right] = along.range(), edge = (n) => Math.round(left + (right - left) * n / BINS); // no two overlap
	const most = {nr: Math.max(...parts.map((part) => part.nr)), again: Math.max(...parts.map((part) => part.again))};
	return STRIPS.map(([label, paint], row) => {
		const y = top + row * (STRIP + GAP), painted = parts.map((part) => paint(part, most));
		return svg('g', {}, svg('text', {class: 'label', x: LEFT - 8, y: y + 11, 'text-anchor': 'end'}, label), svg('rect', {class: 'lane', x: left, y, width: right - left, height: STRIP}),
			   ...painted.map((attributes, n) => attributes && svg('rect', {...attributes, x: edge(n), y, width: edge(n + 1) - edge(n), height: STRIP})));
	});
}

// --- all ------------------------------------------------------------------------------------------------------------

function axisAt(axis, left, top) {
	const node = svg('g', {transform: `translate(${left},${top})`});
	select(node).call(axis);
	return node;
}

// A run: its plot, and its strips below.
function makePanel(rows, run, range, scales, top) {
	const y = scaleLinear().domain([range.from, range.to]).range([top + PLOT, top]), sorted = byTime(rows), again = rewrites(sorted, range);
	const parts = partsOf(sorted, again, range, BINS), below = top + PLOT + 30;
	const node = svg('g', {}, plot(sorted, again, scales.x, y), axisAt(axisBottom(scales.x).ticks(scales.ticks).tickFormat((ns) => (ns / 1e9).toPrecision(3)), 0, top + PLOT),
			 axisAt(axisLeft(y).tickValues(byteTicks(range, 5)).tickFormat(bytes), LEFT, 0), ...strips(parts, scales.along, below),
			 RUNS.length ? svg('text', {class: 'runname', x: scales.x.range()[1] - 6, y: top + 14, 'text-anchor': 'end'}, RUNS[run]) : null);
	return {node, at(px, py) {
		if (py >= top && py <= top + PLOT)
			return {row: nearest(sorted, px, py, scales.x, y), again};
		const n = Math.floor((px - LEFT) / (scales.along.range()[1] - LEFT) * BINS);
		return py >= below && py < below + STRIPS_HEIGHT && parts[n] ? {text: partText(parts[n], n, range)} : null;
	}};
}

function wordsAt(hit) {
	return !hit ? '' : hit.text || (hit.row >= 0 ? told(hit.row, hit.again) : '');
}

function draw(chart, words, rows) {
	const width = Math.max(320, chart.clientWidth || 1000), range = ends(rows), PANEL = PLOT + 30 + STRIPS_HEIGHT + (RUNS.length ? 18 : 6);
	const scales = {ticks: Math.max(3, width / 130), x: scaleLinear().domain([0, SPAN]).range([LEFT, width - RIGHT]), along: scaleLinear().domain([range.from, range.to]).range([LEFT, width - RIGHT])};
	const panels = (RUNS.length ? RUNS : ['']).map((name, run) => makePanel(rows.filter((i) => runOf(i) === run), run, range, scales, 10 + run * PANEL));
	const bottom = 10 + panels.length * PANEL, height = bottom + 24;
	const root = svg('svg', {class: 'extents', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'offsets of the writes over time, and what became of the range'},
			 ...panels.map((panel) => panel.node), axisAt(axisBottom(scales.along).tickValues(byteTicks(range, scales.ticks)).tickFormat(bytes), 0, bottom - (RUNS.length ? 18 : 4)));
	const hitOf = (event) => {
		const at = root.getBoundingClientRect();
		return panels.map((panel) => panel.at(event.clientX - at.left, event.clientY - at.top)).find(Boolean);
	};
	root.addEventListener('pointermove', (event) => { words.textContent = wordsAt(hitOf(event)) || '\u00a0'; });
	root.addEventListener('click', (event) => {
		const hit = hitOf(event);
		if (hit && hit.row >= 0)
			setState({w: nameOf(hit.row)}, 'push');
	});
	chart.replaceChildren(root);
}

const LEGEND = [['mapped', 'mapped'], ['unwritten', 'unwritten'], ['hole', 'hole'], ['delalloc', 'delalloc or inline'], ['zero', 'zeroed'], ['again', 'written again']];

export function makeExtents(place) {
	const files = byFile();
	if (!files.length)
		return () => {};
	const choice = el('select', {'aria-label': 'file', onchange: () => setState({e: D.words[choice.value]}, 'replace')},
			  ...files.slice(0, 500).map(([file, rows]) => el('option', {value: file}, `${D.words[file]} (${number(rows.length)})`)));
	const chart = el('div', {class: 'chart'}), words = el('p', {class: 'count'}, '\u00a0');
	place.append(el('h2', {}, 'One file'), el('div', {class: 'tools'}, el('label', {}, 'file: ', choice),
		el('ul', {class: 'legend'}, ...LEGEND.map(([type, word]) => el('li', {}, el('i', {class: 'map ' + type}), word)))),
		     el('p', {class: 'muted'}, 'Above: where it was written when, over seconds since the first write. Below: what became of each part of its range. ' +
			(D.total > NR ? 'Of the writes that the page holds.' : '')), chart, words);
	let width = 0;
	const redraw = () => {
		width = chart.clientWidth;
		if (!width)
			return;
		const [file, rows] = files.find(([name]) => D.words[name] === state.e) || files[0];
		choice.value = file;
		draw(chart, words, rows);
	};
	onResize(chart, () => chart.clientWidth === width || redraw());
	return redraw;
}
