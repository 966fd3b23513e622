// SPDX-License-Identifier: GPL-2.0-only
// Writes by when they began and how long they took, as shades, and how many began when: of each run by its timeline, with
// scales that all runs share.

import {TIMELINES, numbers} from './data.js';
import {svg} from './dom.js';

export const LATENCY = TIMELINES[0].rows, ROWS = LATENCY.length - 1;

function zeroes(text) {
	return numbers(text).map((n) => n || 0);
}

export const SERIES = TIMELINES.map((t) => ({...t, writes: zeroes(t.writes), bytes: zeroes(t.bytes)}));
export const SPAN = Math.max(1, ...SERIES.map((t) => t.span));

// The first write is at 0: where a column begins, in ns.
export function start(t, column) {
	return column * t.width - t.first;
}

export function columnAt(t, ns) {
	const column = Math.floor((ns + t.first) / t.width);
	return column >= 0 && column < t.writes.length ? column : -1;
}

export function gridOf(t, reason) {
	return zeroes(t.grids[reason] || '');
}

// Columns of one run may be twice as wide as those of another: what is compared is a number a time.
const NARROW = Math.min(...SERIES.map((t) => t.width));

export function density(t, n) {
	return n * NARROW / t.width;
}

// --- shades ---------------------------------------------------------------------------------------------------------

const SHADES = 12;
const most = Math.max(1, ...SERIES.map((t) => density(t, gridOf(t, '').reduce((a, b) => Math.max(a, b), 0))));

// Many are dark, one is seen. The quotient first: of the most there are it is 1, and no rounding makes it more.
function shade(n) {
	return Math.max(1, Math.ceil(SHADES * (Math.log1p(n) / Math.log1p(most))));
}

function box(x, y, width, height) {
	return `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
}

// Cells of one shade are one path: thousands of nodes would take long.
function cells(t, grid, x, y, cls) {
	const shades = Array.from({length: SHADES + 1}, () => []), left = x.range()[0];
	for (let column = 0; column < t.writes.length; column++) {
		const from = Math.max(x(start(t, column)), left), width = Math.max(1.5, x(start(t, column + 1)) - from);
		for (let r = 0; r < ROWS; r++) {
			const n = grid[column * ROWS + r], low = y(Math.max(1, LATENCY[r])), high = y(Math.max(2, LATENCY[r + 1]));
			if (n)
				shades[shade(density(t, n))].push(box(from, high, width, Math.max(1, low - high)));
		}
	}
	return shades.map((boxes, level) => boxes.length ? svg('path', {class: cls, d: boxes.join(''), 'fill-opacity': (0.15 + 0.85 * level / SHADES).toFixed(2)}) : null);
}

// All writes, or those of a reason before all.
export function heatMap(t, reason, x, y) {
	return svg('g', {class: reason ? 'heat behind' : 'heat'}, ...cells(t, gridOf(t, ''), x, y, 'cell'),
		   ...(reason ? cells(t, gridOf(t, reason), x, y, 'cell chosen') : []));
}

// --- how many when --------------------------------------------------------------------------------------------------

// The first run's is filled, the other's a line over it.
export function rate(t, run, values, x, y) {
	const [bottom] = y.range(), left = x.range()[0];
	const bars = values.map((v, column) => {
		const from = Math.max(x(start(t, column)), left), top = y(density(t, v));
		return run ? `${column ? 'L' : 'M'}${from.toFixed(1)} ${top.toFixed(1)}H${x(start(t, column + 1)).toFixed(1)}`
			: v ? box(from, top, Math.max(1, x(start(t, column + 1)) - from), bottom - top) : '';
	});
	return svg('path', {class: run ? 'rate of-b' : 'rate', d: bars.join('')});
}

// The most that any run has of it, in a second.
export function mostOf(key) {
	return Math.max(1, ...SERIES.flatMap((t) => t[key].map((v) => density(t, v))));
}

export function perSecond(narrow) {
	return narrow / (NARROW / 1e9);
}
