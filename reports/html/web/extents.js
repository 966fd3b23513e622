// SPDX-License-Identifier: GPL-2.0-only
// One file: its offsets over time, and what became of its range: mapping types, zero-outs, what was written again. Of
// the writes that the page holds.

import {axisBottom, axisLeft} from 'd3-axis';
import scaleLinear from 'd3-scale/src/linear.js';
import {select} from 'd3-selection';
import {A, D, F, NR, STEP, main, steps, write} from './data.js';
import {value} from './facts.js';
import {el, svg} from './dom.js';
import {bytes, counted, number} from './format.js';
import {isRound} from './ranges.js';
import {setState, state} from './state.js';
import {nameOf} from './table.js';

const LEFT = 76, RIGHT = 14, HEIGHT = 200, STRIP = 18, BINS = 240, DRAWN = 2000;

// --- which file -----------------------------------------------------------------------------------------------------

// [number in words, its rows], those with most writes first.
function byFile() {
	const files = new Map(), names = A.v[F.file](), pos = A.v[F.pos]();
	for (let i = 0; i < NR; i++) {
		if (names[i] === null || pos[i] === null || A.how()[i] === null)
			continue;
		if (!files.has(names[i]))
			files.set(names[i], []);
		files.get(names[i]).push(i);
	}
	return [...files].sort((a, b) => b[1].length - a[1].length);
}

// --- what became of the range ---------------------------------------------------------------------------------------

function roundType(w) {
	const rounds = steps(w).filter(isRound).map((s) => D.maps[s[STEP.role]]);
	return rounds.find((type) => type !== 'mapped') || rounds[0] || 'unknown';
}

// A bin of the range: how often it was written, what the first write of it met, whether zeroes went there.
function bins(rows, from, to) {
	const list = Array.from({length: BINS}, () => ({nr: 0, type: null, zeroes: 0}));
	const at = (pos) => Math.max(0, Math.min(BINS - 1, Math.floor((pos - from) / (to - from) * BINS)));
	for (const i of [...rows].sort((a, b) => Number(A.at()[a]) - Number(A.at()[b]))) {
		const w = write(i, A), pos = Number(value(w, 'pos')), len = Math.max(1, Number(value(w, 'len'))), type = roundType(w);
		for (let bin = at(pos); bin <= at(pos + len - 1); bin++) {
			list[bin].nr++;
			list[bin].type = list[bin].type || type;
			list[bin].zeroes += (value(w, 'zero_head') || 0) + (value(w, 'zero_tail') || 0) > 0 ? 1 : 0;
		}
	}
	return list;
}

function strip(list, x, range, y, label, paint) {
	const width = (x.range()[1] - x.range()[0]) / BINS;
	return svg('g', {}, svg('text', {class: 'label', x: LEFT - 8, y: y + 13, 'text-anchor': 'end'}, label),
		   ...list.map((bin, n) => bin.nr ? svg('rect', {x: (x.range()[0] + n * width).toFixed(1), y, width: Math.max(1, width).toFixed(1), height: STRIP, ...paint(bin)},
			svg('title', {}, `${bytes(range.from + (range.to - range.from) * n / BINS)}: ${counted(bin.nr, 'write')}, first met: ${bin.type}` +
				(bin.zeroes ? `, ${counted(bin.zeroes, 'zero-out')}` : ''))) : null));
}

function strips(rows, x, range, top) {
	const list = bins(rows, range.from, range.to), most = Math.max(...list.map((bin) => bin.nr));
	return [strip(list, x, range, top, 'first met', (bin) => ({class: 'map ' + bin.type})),
		strip(list, x, range, top + STRIP + 6, 'written', (bin) => ({class: 'again', 'fill-opacity': (0.2 + 0.8 * bin.nr / most).toFixed(2)})),
		strip(list.map((bin) => bin.zeroes ? bin : {nr: 0}), x, range, top + 2 * (STRIP + 6), 'zeroed', () => ({class: 'map zero'}))];
}

// --- offsets over time ----------------------------------------------------------------------------------------------

function dots(rows, x, y) {
	return rows.slice(0, DRAWN).map((i) => {
		const w = main(i), pos = Number(value(w, 'pos')), len = Number(value(w, 'len'));
		const high = y(pos + len), low = y(pos);
		return svg('rect', {class: 'map ' + roundType(w), x: x(Number(A.at()[i])).toFixed(1), y: high.toFixed(1), width: 2.5, height: Math.max(2, low - high).toFixed(1), 'data-row': i});
	});
}

// Said and done for the one that is under the pointer.
function listen(group) {
	const rowOf = (event) => event.target.dataset.row;
	group.addEventListener('click', (event) => rowOf(event) && setState({w: nameOf(Number(rowOf(event)))}, 'push'));
	group.addEventListener('pointerover', (event) => {
		const w = rowOf(event) && !event.target.firstChild && main(Number(rowOf(event)));
		if (w)
			event.target.append(svg('title', {}, `write ${nameOf(w.i)}: ${number(value(w, 'len'))} bytes at ${number(value(w, 'pos'))}`));
	});
	return group;
}

function ends(rows) {
	const from = Math.min(...rows.map((i) => Number(value(main(i), 'pos'))));
	const to = Math.max(...rows.map((i) => Number(value(main(i), 'pos')) + Number(value(main(i), 'len'))));
	return {from, to: Math.max(to, from + 1)};
}

function draw(chart, rows) {
	const width = Math.max(320, chart.clientWidth || 1000), range = ends(rows), top = HEIGHT + 44;
	const x = scaleLinear().domain([0, Math.max(1, D.timeline.span)]).range([LEFT, width - RIGHT]);
	const y = scaleLinear().domain([range.from, range.to]).range([HEIGHT, 8]);
	const along = scaleLinear().domain([range.from, range.to]).range([LEFT, width - RIGHT]);
	const below = top + 3 * (STRIP + 6), axes = ['', '', ''].map(() => svg('g', {}));
	axes[0].setAttribute('transform', `translate(0,${HEIGHT})`);
	axes[1].setAttribute('transform', `translate(${LEFT},0)`);
	axes[2].setAttribute('transform', `translate(0,${below})`);
	select(axes[0]).call(axisBottom(x).ticks(Math.max(3, width / 110)).tickFormat((ns) => (ns / 1e9).toPrecision(3)));
	select(axes[1]).call(axisLeft(y).ticks(6).tickFormat(bytes));
	select(axes[2]).call(axisBottom(along).ticks(Math.max(3, width / 130)).tickFormat(bytes));
	chart.replaceChildren(svg('svg', {class: 'extents', width, height: below + 28, viewBox: `0 0 ${width} ${below + 28}`, role: 'img',
					  'aria-label': 'offsets of the writes over time, and what became of the range'},
		listen(svg('g', {}, ...dots(rows, x, y))), ...axes,
		svg('text', {class: 'label', x: width - RIGHT, y: HEIGHT + 34, 'text-anchor': 'end'}, 'seconds since the first write'), ...strips(rows, along, range, top)));
}

const LEGEND = ['mapped', 'unwritten', 'hole', 'delalloc'];

export function makeExtents(place) {
	const files = byFile();
	if (!files.length)
		return () => {};
	const choice = el('select', {'aria-label': 'file', onchange: () => setState({e: D.words[choice.value]}, 'replace')},
			  ...files.slice(0, 500).map(([file, rows]) => el('option', {value: file}, `${D.words[file]} (${number(rows.length)})`)));
	const chart = el('div', {class: 'chart'});
	place.append(el('h2', {}, 'One file'), el('div', {class: 'tools'}, el('label', {}, 'file: ', choice),
		el('ul', {class: 'legend'}, ...LEGEND.map((type) => el('li', {}, el('i', {class: 'map ' + type}), type)))), chart);
	let width = 0;
	const redraw = () => {
		width = chart.clientWidth;
		if (!width)
			return;
		const [file, rows] = files.find(([name]) => D.words[name] === state.e) || files[0];
		choice.value = file;
		draw(chart, rows);
	};
	new ResizeObserver(() => chart.clientWidth === width || redraw()).observe(chart);
	return redraw;
}
