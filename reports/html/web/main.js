// SPDX-License-Identifier: GPL-2.0-only
// The page: what is made once, and what is drawn again when the state changes.

import {D, NR, RUNS} from './data.js';
import {COLUMNS, DEFAULT_COLUMNS} from './columns.js';
import {button, byId, el} from './dom.js';
import {makeExtents} from './extents.js';
import {KEYS, compile, replaceTerm, runAskedFor} from './filter.js';
import {countText, drawSelection} from './selection.js';
import {onState, setState, startState, state} from './state.js';
import {drawTable, focusRow, makeTable, neighbour, rowNamed, sorted} from './table.js';
import {startTheme} from './theme.js';
import {makeTimeline} from './timeline.js';
import {drawWrite} from './write.js';

const EXAMPLES = RUNS.length ? 'run:b latency>1ms locked:exclusive reason:extend' : D.verify ? 'findings>0 lock:exclusive file:log' : 'latency>1ms locked:exclusive reason:extend file:log';

// --- the tools above the table --------------------------------------------------------------------------------------

const search = el('input', {type: 'search', id: 'filter', placeholder: EXAMPLES, 'aria-describedby': 'wrong', autocomplete: 'off', spellcheck: 'false',
			    oninput: () => setState({f: search.value, w: ''}, 'replace')});
const wrong = el('p', {id: 'wrong', class: 'bad', role: 'status'});
const count = el('p', {class: 'count', role: 'status'});
const selection = el('div', {class: 'selection'});
const clear = button('clear', () => setState({f: '', w: ''}, 'push'));

// Of two runs: both, or one of them.
const runs = el('select', {id: 'run', onchange: () => setState({f: replaceTerm(state.f, 'run', runs.value && 'run:' + runs.value), w: ''}, 'push')},
		el('option', {value: ''}, 'A and B'), ...RUNS.map((run) => el('option', {value: run.toLowerCase()}, run + ' alone')));

function columnChoice() {
	const shown = () => state.c ? state.c.split(',') : DEFAULT_COLUMNS;
	const choose = (key, on) => setState({c: [...shown().filter((k) => k !== key), ...(on ? [key] : [])].join(',')}, 'replace');
	const box = (c) => el('label', {title: c.help}, el('input', {type: 'checkbox', checked: shown().includes(c.key), onchange: (event) => choose(c.key, event.target.checked)}), ' ' + c.label);
	const list = el('div', {class: 'choices'});
	const node = el('details', {class: 'quiet columns', ontoggle: () => list.replaceChildren(...(node.open ? [...COLUMNS.values()].filter((c) => c.key !== 'id').map(box) : []))},
			el('summary', {}, 'columns'), list);
	return node;
}

function help() {
	return el('details', {class: 'quiet help'}, el('summary', {}, 'filter language'),
		  el('p', {}, 'Terms that must all hold: ', el('code', {}, EXAMPLES), '. ', el('code', {}, ':'), ' finds what contains the value, ', el('code', {}, '='),
		     ' what is it, and < > <= >= compare; commas part values of which one must hold, - before a term turns it round, "quotes" hold spaces together. ',
		     el('code', {}, 't:0.5..2'), ' are seconds since the first write. Of what has no value: ', el('code', {}, 'lock:unknown'), ', inferred, "not reached".'),
		  el('p', {class: 'keys'}, KEYS.join(' ')));
}

// --- drawing --------------------------------------------------------------------------------------------------------

let rows = [];

function selectRows() {
	const filter = compile(state.f), list = [];
	for (let i = 0; i < NR; i++) {
		if (filter.holds(i))
			list.push(i);
	}
	wrong.textContent = filter.wrong || '';
	rows = sorted(list);
}

// A write that is open stays among the rows only as long as the filter lets it.
function drawRows() {
	selectRows();
	if (document.activeElement !== search)
		search.value = state.f;
	clear.disabled = !state.f;
	runs.value = runAskedFor(state.f);
	count.textContent = countText(rows);
	drawSelection(rows, selection);
	drawTable(rows);
}

function drawOne(there) {
	drawWrite(state.w === '' ? -1 : rowNamed(state.w), there);
	const title = there.querySelector('h3');
	if (title) {
		there.scrollIntoView({block: 'nearest'});
		title.focus({preventScroll: true});
	}
}

function start() {
	const one = el('div', {id: 'one'}), timeline = makeTimeline(byId('when')), extents = makeExtents(byId('file'));
	byId('table').append(el('div', {class: 'tools', role: 'search'}, el('label', {for: 'filter'}, 'filter'), search, RUNS.length ? el('label', {for: 'run'}, 'run', runs) : null, clear), wrong, help(), columnChoice(), count, selection, makeTable(), one);
	startTheme(byId('themes'));
	onState((what) => {
		const all = Boolean(what.link), has = (...keys) => all || keys.some((key) => key in what);
		if (has('f', 's', 'c', 'w'))
			drawRows();
		if (has('f', 'g'))
			timeline();
		if (has('e'))
			extents();
		if (has('w', 'f'))
			drawOne(one);
		if (all && what.link.includes('f') && !state.w)
			byId('writes').scrollIntoView();
	});
	document.addEventListener('keydown', (event) => {
		if (event.key !== 'Escape' || !state.w)
			return;
		const at = neighbour(0);
		setState({w: ''}, 'push');
		if (at >= 0)
			focusRow(at);
	});
	startState();
}

start();
