// SPDX-License-Identifier: GPL-2.0-only
// The table of writes: only the rows in sight are in the document, whatever there are.

import {NR, D, RUNS, main, runOf} from './data.js';
import {COLUMNS, DEFAULT_COLUMNS} from './columns.js';
import {el} from './dom.js';
import {state, setState} from './state.js';

const ROW_HEIGHT = 30, TALLEST = 760, AROUND = 8, PRINTED = 300; // as in style.css

const head = el('thead'), body = el('tbody');
const table = el('table', {class: 'grid writes'}, head, body);
const box = el('div', {class: 'tablebox'}, table);
let rows = [], focused = 0, printing = false;

// "w" of a write: its id, behind its run where there are two; of a verify run, where the workloads number theirs alike,
// its row.
export function nameOf(i) {
	return D.verify ? String(i) : (RUNS.length ? RUNS[runOf(i)].toLowerCase() : '') + main(i).side.id()[i];
}

export function rowNamed(name) {
	if (D.verify)
		return Number(name) < NR && name !== '' ? Number(name) : -1;
	for (let i = 0; i < NR; i++) {
		if (nameOf(i) === name)
			return i;
	}
	return -1;
}

export function shownColumns() {
	const keys = state.c ? state.c.split(',') : DEFAULT_COLUMNS;
	return keys.map((key) => COLUMNS.get(key)).filter(Boolean);
}

// --- sorting --------------------------------------------------------------------------------------------------------

export function sortOrder() {
	const text = state.s || '-latency';
	return {key: text.replace(/^-/, ''), down: text[0] === '-'};
}

function compare(a, b) {
	if (typeof a === typeof b)
		return a < b ? -1 : a > b ? 1 : 0;
	return typeof a === 'string' ? 1 : -1; // what no number holds exactly is more than any
}

// What is not known goes last, whichever way.
export function sorted(list) {
	const {key, down} = sortOrder(), column = COLUMNS.get(key);
	if (!column)
		return list;
	const keys = new Map(list.map((i) => [i, column.sort(i)])), sign = down ? -1 : 1;
	return list.sort((i, j) => {
		const a = keys.get(i), b = keys.get(j);
		return (a === null) - (b === null) || (a === null ? 0 : sign * compare(a, b)) || i - j;
	});
}

// --- drawing --------------------------------------------------------------------------------------------------------

function headCell(column) {
	const {key, down} = sortOrder(), on = key === column.key;
	const sort = () => {
		setState({s: on ? (down ? '' : '-') + key : (column.num ? '-' : '') + column.key}, 'push');
		head.querySelector(`[data-key="${column.key}"]`).focus();
	};
	return el('th', {scope: 'col', class: column.num ? 'num' : null, 'aria-sort': on ? (down ? 'descending' : 'ascending') : null},
		  el('button', {type: 'button', title: column.help, 'data-key': column.key, onclick: sort}, column.label));
}

function drawRow(at, columns) {
	const i = rows[at], name = nameOf(i);
	const link = el('a', {href: '#w=' + name, tabindex: at === focused ? 0 : -1, 'data-at': at, onclick: (event) => {
		event.preventDefault();
		open(at);
	}}, String(main(i).side.id()[i]));
	const tr = el('tr', {class: name === state.w ? 'row open' : 'row', 'aria-rowindex': at + 2, onclick: (event) => {
		if (!event.target.closest('a') && !String(getSelection()))
			open(at);
	}}, el('th', {scope: 'row', class: 'num'}, link));
	tr.append(...columns.map((c) => el('td', {class: [c.num ? 'num' : '', c.cls || ''].join(' ').trim() || null}, c.show(i))));
	return tr;
}

function spacer(nr, columns) {
	const td = el('td', {colspan: columns.length + 1});
	td.style.height = nr * ROW_HEIGHT + 'px';
	return nr > 0 ? [el('tr', {class: 'spacer', 'aria-hidden': 'true'}, td)] : [];
}

function window_() {
	if (printing)
		return [0, Math.min(rows.length, PRINTED)];
	const first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - AROUND);
	return [first, Math.min(rows.length, first + Math.ceil(Math.max(box.clientHeight, TALLEST) / ROW_HEIGHT) + 2 * AROUND)];
}

function drawBody() {
	const columns = shownColumns(), [from, to] = window_(), nodes = [];
	const had = document.activeElement && body.contains(document.activeElement) ? focused : -1;
	for (let at = from; at < to; at++)
		nodes.push(drawRow(at, columns));
	body.replaceChildren(...spacer(from, columns), ...nodes, ...(printing ? [] : spacer(rows.length - to, columns)));
	if (had >= from && had < to)
		linkAt(had).focus({preventScroll: true});
}

function linkAt(at) {
	return body.querySelector(`a[data-at="${at}"]`);
}

export function drawTable(list) {
	rows = list;
	focused = Math.max(0, rows.findIndex((i) => nameOf(i) === state.w));
	table.setAttribute('aria-rowcount', rows.length + 1);
	head.replaceChildren(el('tr', {}, headCell(COLUMNS.get('id')), ...shownColumns().filter((c) => c.key !== 'id').map(headCell)));
	if (box.scrollTop > rows.length * ROW_HEIGHT)
		box.scrollTop = 0;
	drawBody();
}

// --- moving about ---------------------------------------------------------------------------------------------------

function open(at) {
	focused = at;
	setState({w: nameOf(rows[at])}, 'push');
}

function reveal(at) {
	const top = at * ROW_HEIGHT, header = head.offsetHeight;
	if (top < box.scrollTop)
		box.scrollTop = top;
	else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight - header)
		box.scrollTop = top + ROW_HEIGHT - box.clientHeight + header;
}

export function focusRow(at) {
	focused = Math.max(0, Math.min(rows.length - 1, at));
	reveal(focused);
	drawBody();
	if (linkAt(focused))
		linkAt(focused).focus({preventScroll: true});
}

// The row of the write that is open, or the one before or behind it; -1: there is none.
export function neighbour(by) {
	const at = rows.findIndex((i) => nameOf(i) === state.w) + by;
	return at >= 0 && at < rows.length ? at : -1;
}

export function openAt(at) {
	open(at);
	reveal(at);
}

const KEYS = {ArrowDown: () => focused + 1, ArrowUp: () => focused - 1, PageDown: () => focused + 15, PageUp: () => focused - 15,
	      Home: () => 0, End: () => rows.length - 1};

export function makeTable() {
	box.addEventListener('scroll', () => requestAnimationFrame(drawBody));
	box.addEventListener('keydown', (event) => {
		if (!KEYS[event.key] || !event.target.closest('tbody'))
			return;
		event.preventDefault();
		focusRow(KEYS[event.key]());
	});
	for (const [name, on] of [['beforeprint', true], ['afterprint', false]])
		window.addEventListener(name, () => { printing = on; drawBody(); });
	return box;
}
