// SPDX-License-Identifier: GPL-2.0-only
// When it was slow: writes by when they began and how long they took, as many as there are in the trace, with rate and
// throughput below; two runs above each other, with scales that they share. A span that is brushed filters the page.

import {axisBottom, axisLeft} from 'd3-axis';
import {brushX} from 'd3-brush';
// the modules of d3-scale by themselves: as a whole it has those of time, and all that formats it
import scaleLinear from 'd3-scale/src/linear.js';
import scaleLog from 'd3-scale/src/log.js';
import {event, select} from 'd3-selection';
import {A, F, NR, RUNS, TAGS, main, runOf} from './data.js';
import {value} from './facts.js';
import {el, onResize, svg} from './dom.js';
import {bytes, counted, number, shortTime, time} from './format.js';
import {momentOf, replaceTerm} from './filter.js';
import {LATENCY, ROWS, SERIES, SPAN, columnAt, gridOf, heatMap, mostOf, perSecond, rate} from './heat.js';
import {setState, state} from './state.js';
import {nameOf} from './table.js';

const LEFT = 64, RIGHT = 14, MAP = RUNS.length ? 160 : 198, LINE = 54, GAP = 14, SLOWEST = 20;

function secondsText(ns) {
	const digits = Math.max(0, Math.ceil(-Math.log10(SPAN / 1e9)) + 3);
	return (ns / 1e9).toFixed(Math.min(9, digits));
}

function reasonChosen() {
	return state.g && SERIES.some((t) => state.g in t.grids) ? state.g : '';
}

// Where things are: the map of each run, then the two lines.
function layout(width) {
	const maps = SERIES.map((t, run) => 12 + run * (MAP + GAP)), end = maps[maps.length - 1] + MAP;
	return {width, right: width - RIGHT, maps, lines: [end + GAP, end + 2 * GAP + LINE], bottom: end + 2 * GAP + 2 * LINE};
}

// --- what is under the pointer, in words ----------------------------------------------------------------------------

function cellText(t, column, ns) {
	const r = LATENCY.findIndex((from, n) => n < ROWS && ns >= from && ns < LATENCY[n + 1]);
	return r < 0 ? '' : `${counted(gridOf(t, reasonChosen())[column * ROWS + r] || 0, 'write')} of ${time(LATENCY[r])} to ${time(LATENCY[r + 1])}; `;
}

function runText(t, run, at, ns) {
	const column = columnAt(t, at), per = t.width / 1e9;
	return column < 0 ? '' : (RUNS.length ? RUNS[run] + ': ' : '') + cellText(t, column, ns) +
		`${number(Math.round(t.writes[column] / per))} writes/s, ${bytes(t.bytes[column] / per)}/s`;
}

function under(px, py, x, scales, place) {
	const at = x.invert(px), inMap = place.maps.findIndex((top) => py >= top && py <= top + MAP);
	const texts = SERIES.map((t, run) => inMap < 0 || inMap === run ? runText(t, run, at, inMap === run ? scales[run].invert(py) : -1) : '').filter(Boolean);
	return texts.length ? `at ${secondsText(at)} s: ${texts.join('; ')}` : '';
}

// --- rate and throughput --------------------------------------------------------------------------------------------

function line(key, x, top, text) {
	const y = scaleLinear().domain([0, mostOf(key)]).range([top + LINE, top + 4]);
	return svg('g', {}, svg('line', {class: 'base', x1: LEFT, x2: x.range()[1], y1: top + LINE, y2: top + LINE}), ...SERIES.map((t, run) => rate(t, run, t[key], x, y)),
		   svg('text', {class: 'label', x: LEFT - 8, y: top + 14, 'text-anchor': 'end'}, key),
		   svg('text', {class: 'label', x: LEFT - 8, y: top + 30, 'text-anchor': 'end'}, text(perSecond(mostOf(key)))));
}

// --- marks ----------------------------------------------------------------------------------------------------------

function syncMarks(t, x, top) {
	return t.syncs.map(([at, ns, call, comm]) => svg('path', {class: 'sync', d: `M${x(at).toFixed(1)} ${top - 10}l4 8h-8z`},
		svg('title', {}, `${call} of ${comm} took ${time(ns)}, at ${secondsText(at)} s`)));
}

function slowest(run) {
	const latency = A.v[F.latency]();
	return [...Array(NR).keys()].filter((i) => latency[i] !== null && runOf(i) === run).sort((i, j) => Number(latency[j]) - Number(latency[i])).slice(0, SLOWEST);
}

function slowMarks(run, x, y) {
	return slowest(run).map((i) => {
		const ns = Number(value(main(i), 'latency')), at = Number(main(i).side.at()[i]);
		return svg('circle', {class: 'slow', cx: x(at).toFixed(1), cy: y(Math.max(1, ns)).toFixed(1), r: 4, onclick: () => setState({w: nameOf(i)}, 'push')},
			   svg('title', {}, `write ${nameOf(i)} took ${time(ns)}`));
	});
}

// Spans in which writes were lost, as far as it is known.
function lossMarks(t, x, top) {
	return t.gaps.map(([from, to, nr]) => {
		const left = Math.max(LEFT, x(from)), width = Math.max(3, Math.min(x(to), x.range()[1]) - left);
		return svg('g', {class: 'loss'}, svg('rect', {x: left.toFixed(1), y: top, width: width.toFixed(1), height: MAP}),
			   svg('rect', {class: 'edge', x: left.toFixed(1), y: top - 6, width: width.toFixed(1), height: 5}),
			   svg('title', {}, `${counted(nr, 'write')} LOST between ${secondsText(Math.max(0, from))} s and ${secondsText(to)} s`));
	});
}

function lossText(t, run) {
	const placed = t.gaps.reduce((sum, [, , nr]) => sum + nr, 0), rest = t.lost - placed;
	const parts = [placed ? `${number(placed)} in the spans marked ▒ (their numbers are missing between those of the writes around)` : '',
		       rest ? `of ${placed ? number(rest) + ' more' : 'them'} it is not known when` : ''].filter(Boolean);
	return t.lost ? el('p', {class: 'bad'}, `${RUNS.length ? RUNS[run] + ': ' : ''}${counted(t.lost, 'write')} LOST, and not in the chart: ${parts.join('; ')}`) : '';
}

// --- all ------------------------------------------------------------------------------------------------------------

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

function drawRun(t, run, x, y, place) {
	const axis = svg('g', {transform: `translate(${LEFT},0)`}), top = place.maps[run];
	select(axis).call(axisLeft(y).tickValues(octaves(y)).tickFormat(shortTime));
	return svg('g', {}, heatMap(t, reasonChosen(), x, y), axis,
		   RUNS.length ? svg('text', {class: 'runname', x: place.right - 6, y: top + 16, 'text-anchor': 'end'}, RUNS[run]) : null);
}

function drawBrush(x, place) {
	const node = svg('g', {class: 'brush'}), span = momentOf(state.f);
	const brush = brushX().extent([[LEFT, 0], [place.right, place.bottom]]).on('end', () => brushed(x));
	select(node).call(brush);
	if (span)
		select(node).call(brush.move, span.map((ns) => Math.max(LEFT, Math.min(place.right, x(ns)))));
	return node;
}

function draw(chart, told) {
	const place = layout(Math.max(320, chart.clientWidth || 1000)), height = place.bottom + 40;
	const x = scaleLinear().domain([0, SPAN]).range([LEFT, place.right]);
	const scales = place.maps.map((top) => scaleLog().domain([Math.max(1, LATENCY[0]), Math.max(2, LATENCY[ROWS])]).range([top + MAP, top]));
	const root = svg('svg', {class: 'timeline', width: place.width, height, viewBox: `0 0 ${place.width} ${height}`, role: 'img',
				 'aria-label': 'latency of the writes over time, their rate and throughput'});
	const axisX = svg('g', {transform: `translate(0,${place.bottom})`});
	select(axisX).call(axisBottom(x).ticks(Math.max(3, place.width / 110)).tickFormat(secondsText));
	root.append(...SERIES.map((t, run) => drawRun(t, run, x, scales[run], place)), line('writes', x, place.lines[0], (v) => number(Math.round(v)) + '/s'),
		    line('bytes', x, place.lines[1], (v) => bytes(v) + '/s'), axisX, drawBrush(x, place),
		    ...SERIES.map((t, run) => svg('g', {}, ...lossMarks(t, x, place.maps[run]), ...syncMarks(t, x, place.maps[run]), ...slowMarks(run, x, scales[run]))),
		    svg('text', {class: 'label', x: place.right, y: place.bottom + 36, 'text-anchor': 'end'}, 'seconds since the first write'));
	root.addEventListener('pointermove', (event) => {
		const at = root.getBoundingClientRect();
		told.textContent = under(event.clientX - at.left, event.clientY - at.top, x, scales, place) || '\u00a0';
	});
	chart.replaceChildren(root);
}

// Reasons that any write of the trace has, to colour the map by.
function reasonSelect() {
	const tags = [...new Set(SERIES.flatMap((t) => Object.keys(t.grids)))].filter((tag) => tag && TAGS[tag]);
	const node = el('select', {'aria-label': 'colour by reason', onchange: () => setState({g: node.value}, 'replace')},
			el('option', {value: ''}, 'all writes'), ...tags.map((tag) => el('option', {value: tag}, `${TAGS[tag].title}: ${TAGS[tag].label}`)));
	return node;
}

function legend() {
	return el('span', {class: 'muted'}, RUNS.length ? ['rate of ', el('span', {class: 'key-a'}, 'A'), ' and ', el('span', {class: 'key-b'}, 'B'), ', '] : '', '○ the slowest writes',
		  SERIES.some((t) => t.syncs.length) ? ', ▲ the slowest calls of fsync' : '', SERIES.some((t) => t.gaps.length) ? ', ▒ writes LOST' : '', '; drag over a span to look at it alone');
}

export function makeTimeline(place) {
	if (!SERIES.some((t) => t.writes.length) || ROWS < 1)
		return () => {};
	const choice = reasonSelect(), chart = el('div', {class: 'chart'}), told = el('p', {class: 'count'}, '\u00a0');
	place.append(el('h2', {}, 'When'), ...SERIES.map(lossText), el('div', {class: 'tools'}, el('label', {}, 'coloured: ', choice), legend()), chart, told);
	let drawn = '';
	const redraw = () => { // only what looks otherwise than before
		const looks = [chart.clientWidth, state.g, momentOf(state.f)].join();
		if (looks === drawn || !chart.clientWidth)
			return;
		drawn = looks;
		choice.value = reasonChosen();
		draw(chart, told);
	};
	onResize(chart, redraw);
	return redraw;
}
