// SPDX-License-Identifier: GPL-2.0-only
// When it was slow: writes by when they began and how long they took, as many as there are in the trace, with rate and
// throughput below. A span that is brushed filters the page.

import {axisBottom, axisLeft} from 'd3-axis';
import {brushX} from 'd3-brush';
// the modules of d3-scale by themselves: as a whole it has those of time, and all that formats it
import scaleLinear from 'd3-scale/src/linear.js';
import scaleLog from 'd3-scale/src/log.js';
import {event, select} from 'd3-selection';
import {A, D, NR, TAGS, main, numbers} from './data.js';
import {value} from './facts.js';
import {el, svg} from './dom.js';
import {bytes, counted, number, shortTime, time} from './format.js';
import {momentOf, replaceTerm} from './filter.js';
import {setState, state} from './state.js';
import {nameOf} from './table.js';

const T = D.timeline, LEFT = 64, RIGHT = 14, MAP = 210, LINE = 54, GAP = 14, SLOWEST = 20;
const ROWS = T.rows.length - 1;

function zeroes(text) {
	return numbers(text).map((n) => n || 0);
}

const writes = zeroes(T.writes), size = zeroes(T.bytes);

// The first write is at 0: where a column begins, in ns.
function start(column) {
	return column * T.width - T.first;
}

function secondsText(ns) {
	const digits = Math.max(0, Math.ceil(-Math.log10((T.span || 1) / 1e9)) + 3);
	return (ns / 1e9).toFixed(Math.min(9, digits));
}

// --- the heat map ---------------------------------------------------------------------------------------------------

const SHADES = 12;

// Many are dark, one is seen.
function shade(n, most) {
	return Math.ceil(SHADES * Math.log1p(n) / Math.log1p(most));
}

function box(x, y, width, height) {
	return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
}

// Cells of one shade are one path: thousands of nodes would take long.
function cells(grid, most, x, y, cls) {
	const shades = Array.from({length: SHADES + 1}, () => []);
	for (let column = 0; column < writes.length; column++) {
		const left = Math.max(x(start(column)), LEFT), width = Math.max(1.5, x(start(column + 1)) - left);
		for (let r = 0; r < ROWS; r++) {
			const n = grid[column * ROWS + r], low = y(Math.max(1, T.rows[r])), high = y(Math.max(2, T.rows[r + 1]));
			if (n)
				shades[shade(n, most)].push(box(left, high, width, Math.max(1, low - high)));
		}
	}
	return shades.map((boxes, level) => boxes.length ? svg('path', {class: cls, d: boxes.join(''), 'fill-opacity': (0.15 + 0.85 * level / SHADES).toFixed(2)}) : null);
}

function heatMap(x, y) {
	const all = zeroes(T.grids['']), most = Math.max(...all, 1), chosen = state.g && T.grids[state.g];
	return svg('g', {class: chosen ? 'heat behind' : 'heat'}, ...cells(all, most, x, y, 'cell'),
		   ...(chosen ? cells(zeroes(chosen), most, x, y, 'cell chosen') : []));
}

// What is under the pointer, in words.
function under(px, py, x, y) {
	const column = Math.floor((x.invert(px) + T.first) / T.width), ns = y.invert(py), grid = zeroes(T.grids[state.g in T.grids ? state.g : '']);
	if (column < 0 || column >= writes.length)
		return '';
	const r = T.rows.findIndex((from, n) => n < ROWS && ns >= from && ns < T.rows[n + 1]), per = T.width / 1e9;
	const rates = `${number(Math.round(writes[column] / per))} writes/s, ${bytes(size[column] / per)}/s`;
	return `at ${secondsText(start(column))} s: ` + (py > MAP || r < 0 ? rates :
		`${counted(grid[column * ROWS + r], 'write')} of ${time(T.rows[r])} to ${time(T.rows[r + 1])}; ${rates}`);
}

// --- rate and throughput --------------------------------------------------------------------------------------------

function line(values, x, top, label, text) {
	const most = Math.max(...values, 1), y = scaleLinear().domain([0, most]).range([top + LINE, top + 4]);
	const bars = values.map((v, column) => {
		const left = Math.max(x(start(column)), LEFT);
		return v ? box(left, y(v), Math.max(1, x(start(column + 1)) - left), top + LINE - y(v)) : '';
	});
	return svg('g', {}, svg('line', {class: 'base', x1: LEFT, x2: x.range()[1], y1: top + LINE, y2: top + LINE}), svg('path', {class: 'rate', d: bars.join('')}),
		   svg('text', {class: 'label', x: LEFT - 8, y: top + 14, 'text-anchor': 'end'}, label),
		   svg('text', {class: 'label', x: LEFT - 8, y: top + 30, 'text-anchor': 'end'}, text(most / (T.width / 1e9))));
}

// --- marks ----------------------------------------------------------------------------------------------------------

function syncMarks(x) {
	return T.syncs.map(([at, ns, call, comm]) => svg('path', {class: 'sync', d: `M${x(at).toFixed(1)} 2l4 8h-8z`},
		svg('title', {}, `${call} of ${comm} took ${time(ns)}, at ${secondsText(at)} s`)));
}

function slowest() {
	const latency = A.v[D.fields.findIndex((f) => f.key === 'latency')]();
	return [...Array(NR).keys()].filter((i) => latency[i] !== null).sort((i, j) => Number(latency[j]) - Number(latency[i])).slice(0, SLOWEST);
}

function slowMarks(x, y) {
	return slowest().map((i) => {
		const ns = Number(value(main(i), 'latency')), at = Number(main(i).side.at()[i]);
		return svg('circle', {class: 'slow', cx: x(at).toFixed(1), cy: y(Math.max(1, ns)).toFixed(1), r: 4, onclick: () => setState({w: nameOf(i)}, 'push')},
			   svg('title', {}, `write ${nameOf(i)} took ${time(ns)}`));
	});
}

// --- all ------------------------------------------------------------------------------------------------------------

function tickFormat(ns) {
	return secondsText(ns);
}

function octaves(y) {
	return [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11].filter((ns) => ns >= y.domain()[0] && ns <= y.domain()[1]);
}

function brushed(x) {
	if (!event.sourceEvent || event.sourceEvent.type === 'end')
		return;
	const span = event.selection && event.selection.map((at) => Math.max(0, x.invert(at)) / 1e9);
	const term = span ? `t:${span[0].toPrecision(6)}..${span[1].toPrecision(6)}` : '';
	setState({f: replaceTerm(state.f, 't', term)}, 'push');
}

function draw(place, told) {
	const width = Math.max(320, place.clientWidth || 1000), right = width - RIGHT;
	const top = [MAP + GAP + 4, MAP + GAP + LINE + GAP + 4], bottom = top[1] + LINE;
	const x = scaleLinear().domain([0, Math.max(1, T.span)]).range([LEFT, right]);
	const y = scaleLog().domain([Math.max(1, T.rows[0]), Math.max(2, T.rows[ROWS])]).range([MAP, 12]);
	const root = svg('svg', {class: 'timeline', width, height: bottom + 40, viewBox: `0 0 ${width} ${bottom + 40}`, role: 'img',
				 'aria-label': 'latency of the writes over time, their rate and throughput'});
	const brushPlace = svg('g', {class: 'brush'}), axisX = svg('g', {transform: `translate(0,${bottom})`}), axisY = svg('g', {transform: `translate(${LEFT},0)`});
	root.append(heatMap(x, y), line(writes, x, top[0], 'writes', (v) => number(Math.round(v)) + '/s'),
		    line(size, x, top[1], 'bytes', (v) => bytes(v) + '/s'), axisX, axisY, brushPlace,
		    svg('g', {}, ...syncMarks(x), ...slowMarks(x, y)),
		    svg('text', {class: 'label', x: right, y: bottom + 36, 'text-anchor': 'end'}, 'seconds since the first write'));
	select(axisX).call(axisBottom(x).ticks(Math.max(3, width / 110)).tickFormat(tickFormat));
	select(axisY).call(axisLeft(y).tickValues(octaves(y)).tickFormat(shortTime));
	const brush = brushX().extent([[LEFT, 0], [right, bottom]]).on('end', () => brushed(x));
	const span = momentOf(state.f);
	select(brushPlace).call(brush);
	if (span)
		select(brushPlace).call(brush.move, span.map((ns) => Math.max(LEFT, Math.min(right, x(ns)))));
	root.addEventListener('pointermove', (event) => {
		const at = root.getBoundingClientRect();
		told.textContent = under(event.clientX - at.left, event.clientY - at.top, x, y) || '\u00a0';
	});
	place.replaceChildren(root);
}

// Reasons that any write of the trace has, to colour the map by.
function reasonSelect() {
	const tags = Object.keys(T.grids).filter((tag) => tag && TAGS[tag]);
	const node = el('select', {'aria-label': 'colour by reason', onchange: () => setState({g: node.value}, 'replace')},
			el('option', {value: ''}, 'all writes'), ...tags.map((tag) => el('option', {value: tag}, `${TAGS[tag].title}: ${TAGS[tag].label}`)));
	return node;
}

export function makeTimeline(place) {
	if (!writes.length || ROWS < 1)
		return () => {};
	const choice = reasonSelect(), chart = el('div', {class: 'chart'}), told = el('p', {class: 'count'}, '\u00a0');
	place.append(el('h2', {}, 'When'), T.lost ? el('p', {class: 'bad'}, `${counted(T.lost, 'write')} LOST: when is not recorded, and they are not in the chart`) : '', el('div', {class: 'tools'}, el('label', {}, 'coloured: ', choice),
		el('span', {class: 'muted'}, '○ the slowest writes', T.syncs.length ? ', ▲ the slowest calls of fsync' : '', '; drag over a span to look at it alone')), chart, told);
	let drawn = '';
	const redraw = () => { // only what looks otherwise than before
		const looks = [chart.clientWidth, state.g, momentOf(state.f)].join();
		if (looks === drawn || !chart.clientWidth)
			return;
		drawn = looks;
		choice.value = state.g in T.grids ? state.g : '';
		draw(chart, told);
	};
	new ResizeObserver(redraw).observe(chart);
	return redraw;
}
