// SPDX-License-Identifier: GPL-2.0-only
// The table of writes and the details of one. Everything shown is set as text, never as markup: names are any bytes.
(function () {
'use strict';

const D = JSON.parse(document.getElementById('data').textContent);
const PAGE = 100;
const STEP = {kind: 0, role: 1, flags: 2, pos: 3, len: 4, addr: 5, opf: 6};
const ROUND = 1, FUA = 1 << 17, DATA = 0;
const DIFFERENT = 0, ALLOWED = 1;
const SIDES = D.verify ? ['live kernel', 'reference'] : [];

const F = {}; // number of a fact by its key
D.fields.forEach((f, i) => { F[f.key] = i; });
const TAGS = {};
D.groups.forEach(([, tags]) => tags.forEach(([tag, label]) => { TAGS[tag] = label; }));

// --- small things ---------------------------------------------------------------------------------------------------

function el(name, attributes, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith('on'))
			node.addEventListener(key.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			node.setAttribute(key, value === true ? '' : value);
	}
	node.append(...children.filter((c) => c !== null && c !== undefined));
	return node;
}

function svg(name, attributes, ...children) {
	const node = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes || {}))
		node.setAttribute(key, value);
	node.append(...children);
	return node;
}

function number(n) {
	return typeof n === 'number' ? n.toLocaleString('en-US').replace(/,/g, '\u2009') : String(n);
}

function time(ns) {
	const units = [[1e9, 's'], [1e6, 'ms'], [1e3, 'us']];
	for (const [per, unit] of units) {
		if (ns >= per) {
			const n = ns / per;
			return n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0) + ' ' + unit;
		}
	}
	return ns + ' ns';
}

function mask(value, names) {
	const words = [];
	for (let bit = 0; bit < 32; bit++) {
		if (Math.floor(value / 2 ** bit) % 2)
			words.push(names[bit] || 'bit' + bit);
	}
	return words.join(', ') || 'none';
}

// --- facts ----------------------------------------------------------------------------------------------------------

function how(write, fact) {
	return write.h[fact];
}

function known(write, key) {
	const h = write && how(write, F[key]);
	return h === 'o' || h === 'i';
}

// The raw value, null when it has none.
function value(write, key) {
	return known(write, key) ? write.v[F[key]] : null;
}

function formatted(field, v) {
	switch (field.kind) {
	case 'bool': return v ? 'yes' : 'no';
	case 'enum': return field.names[v] === undefined ? String(v) : field.names[v];
	case 'mask': return mask(v, field.names);
	case 'ns': return time(Number(v));
	case 'uint': return field.unit ? number(v) : String(v); // process and inode numbers are names
	case 'int': case 'errno': return number(v);
	default: return String(v);
	}
}

// A fact as it is shown: the value, or the word for why there is none.
function fact(write, key) {
	const i = F[key], field = D.fields[i];
	switch (write ? how(write, i) : 'x') {
	case 'o': return el('span', {class: field.kind === 'errno' && typeof write.v[i] === 'string' ? 'err' : null},
			    formatted(field, write.v[i]));
	case 'i': return el('span', {}, el('span', {class: 'inf', title: 'inferred from observed facts by a rule'}, '≈\u2009'),
			    formatted(field, write.v[i]));
	case 'u': return el('span', {class: 'unk', title: 'not observable with these hooks on this kernel'}, 'unknown');
	case 'f': return el('span', {class: 'nr', title: 'the recording ended before the write came to this'}, 'in flight');
	case 'n': return el('span', {class: 'nr', title: 'the write ended before this decision was taken'}, 'not reached');
	default: return el('span', {class: 'nr'}, 'no such write');
	}
}

function plain(write, key) {
	return fact(write, key).textContent;
}

// --- rows -----------------------------------------------------------------------------------------------------------

// What the table is about: the live write, or the reference's where only that exists.
function main(row) {
	return row.a || row.b;
}

function tagged(row, letter) {
	const tag = row.g.split(' ').find((t) => t[0] === letter);
	return tag === undefined ? null : tag;
}

function badge(text, kind) {
	return el('span', {class: 'badge ' + kind}, text);
}

const LOCK_SHORT = {
	L0: ['shared', 'good'], L1: ['exclusive', 'warn'], L2: ['shared → exclusive', 'bad'], L3: ['refused', ''],
	L4: ['none', ''],
};

function lockCell(row) {
	const [text, kind] = LOCK_SHORT[tagged(row, 'L')] || ['unknown', ''];
	const reasons = row.g.split(' ').filter((t) => t[0] === 'U').map((t) => TAGS[t]);
	return el('span', {title: reasons.join(', ')}, badge(text, kind));
}

function fallbackCell(row) {
	const tag = tagged(row, 'F');
	if (tag === null)
		return known(main(row), 'fallback') || how(main(row), F.fallback) === 'n' ? '' : fact(main(row), 'fallback');
	return badge(TAGS[tag], value(main(row), 'fallback') === 1 ? 'bad' : 'warn');
}

const DURABLE_SHORT = {
	D0: ['FUA', 'good'], D1: ['flush', ''], D2: ['commit', ''], D3: ['commit, flush', ''], D4: ['sync', ''],
	D5: ['nothing', 'bad'], D6: ['failed', ''], D7: ['unknown', ''],
};

function durableCell(row) {
	const tag = tagged(row, 'D');
	return tag === null ? '' : badge(...DURABLE_SHORT[tag]);
}

function zeroed(row) {
	return (value(main(row), 'zero_head') || 0) + (value(main(row), 'zero_tail') || 0);
}

function findingsOf(row, verdict) {
	return (row.f || []).filter((f) => f[2] === verdict);
}

function findingsCell(row) {
	const nr = findingsOf(row, DIFFERENT).length;
	return nr ? badge(String(nr), 'bad') : '';
}

function factColumn(key, label, options) {
	const field = D.fields[F[key]];
	return Object.assign({
		label, key,
		num: ['uint', 'int', 'ns', 'errno'].includes(field.kind),
		sort: (row) => value(main(row), key),
		show: (row) => how(main(row), F[key]) === 'n' ? el('span', {class: 'nr', title: 'not reached'}, '–') : fact(main(row), key),
	}, options);
}

function varies(key) {
	return D.rows.some((row) => value(main(row), key) !== value(main(D.rows[0]), key));
}

const COLUMNS = [
	D.verify && {label: 'workload', sort: (row) => row.k, show: (row) => D.workloads[row.k].id},
	D.verify && {label: 'op', num: true, sort: (row) => row.op, show: (row) => row.op ? String(row.op) : ''},
	!D.verify && varies('comm') && factColumn('comm', 'command'),
	factColumn('file', 'file', {cls: 'file'}),
	factColumn('pos', 'position'),
	factColumn('len', 'length'),
	factColumn('submit', 'by'),
	factColumn('flags', 'flags', {show: (row) => value(main(row), 'flags') === 0 ? '' : fact(main(row), 'flags')}),
	{label: 'lock', sort: (row) => tagged(row, 'L'), show: lockCell},
	{label: 'fallback', sort: (row) => tagged(row, 'F'), show: fallbackCell},
	{label: 'durable by', sort: (row) => tagged(row, 'D'), show: durableCell},
	{label: 'zeroed', num: true, sort: zeroed, show: (row) => zeroed(row) ? number(zeroed(row)) : ''},
	factColumn('bios', 'bios'),
	factColumn('latency', 'latency', {cls: 'latecell'}),
	factColumn('ret', 'result'),
	D.verify && {label: 'findings', num: true, sort: (row) => findingsOf(row, DIFFERENT).length, show: findingsCell},
].filter(Boolean);

// --- state: what is shown -------------------------------------------------------------------------------------------

const state = {text: '', tags: {}, findings: false, sort: -1, down: false, page: 0, open: new Set(), rows: []};

function rowText(row) {
	if (row.text === undefined) {
		const w = main(row);
		row.text = [D.workloads[row.k].id, D.workloads[row.k].title || '', plain(w, 'comm'), plain(w, 'file'),
			    plain(w, 'pid'), plain(w, 'ino'), plain(w, 'flags'), plain(w, 'ret'), plain(w, 'submit'),
			    String(value(w, 'pos')), String(value(w, 'len')),
			    row.g.split(' ').map((t) => TAGS[t] || '').join(' ')].join(' ').toLowerCase();
	}
	return row.text;
}

function matches(row) {
	if (state.findings && !findingsOf(row, DIFFERENT).length)
		return false;
	for (const tag of Object.values(state.tags)) {
		if (tag[0] === 'W' ? row.k !== Number(tag.slice(1)) : !(' ' + row.g + ' ').includes(' ' + tag + ' '))
			return false;
	}
	return state.text.split(/\s+/).every((word) => rowText(row).includes(word));
}

function compare(a, b) {
	if (a === b)
		return 0;
	if (a === null || a === undefined || b === null || b === undefined) // what is not known goes last
		return a === null || a === undefined ? 1 : -1;
	if (typeof a === typeof b)
		return a < b ? -1 : 1;
	return typeof a === 'string' ? -1 : 1; // errors before counts
}

function select() {
	const column = COLUMNS[state.sort];
	state.rows = D.rows.map((row, i) => i).filter((i) => matches(D.rows[i]));
	if (column) {
		const keys = new Map(state.rows.map((i) => [i, column.sort(D.rows[i])]));
		const sign = state.down ? -1 : 1;
		state.rows.sort((i, j) => {
			const a = keys.get(i), b = keys.get(j);
			const last = (a === null) - (b === null);
			return last || sign * compare(a, b) || i - j;
		});
	}
	state.page = Math.min(state.page, Math.max(0, Math.ceil(state.rows.length / PAGE) - 1));
}

// --- the tools above the table --------------------------------------------------------------------------------------

const counts = {}; // rows by tag
D.rows.forEach((row) => {
	row.g.split(' ').forEach((tag) => { counts[tag] = (counts[tag] || 0) + 1; });
	counts['W' + row.k] = (counts['W' + row.k] || 0) + 1;
});

function filterGroups() {
	const groups = D.groups.map(([title, tags]) => [title, tags, tags.length ? tags[0][0][0] : '']);
	if (D.verify)
		groups.unshift(['workload', D.workloads.map((w, i) => ['W' + i, w.id]), 'W']);
	return groups.map(([title, tags, letter]) => [title, tags.filter(([tag]) => counts[tag]), letter])
		     .filter(([, tags]) => tags.length > 0);
}

const selects = {}; // by letter

function filterSelect([title, tags, letter]) {
	const node = el('select', {'aria-label': 'filter by ' + title, onchange: () => {
		setTag(letter, node.value);
		refresh();
	}}, el('option', {value: ''}, title + ': all'),
	...tags.map(([tag, label]) => el('option', {value: tag}, `${label} (${number(counts[tag])})`)));
	selects[letter] = node;
	return node;
}

function setTag(letter, tag) {
	delete state.tags[letter];
	if (tag)
		state.tags[letter] = tag;
	state.page = 0;
	if (selects[letter]) {
		selects[letter].value = tag || '';
		selects[letter].classList.toggle('on', Boolean(tag));
	}
}

const search = el('input', {type: 'search', placeholder: 'search file, command, position, flags …',
			    'aria-label': 'search the writes', oninput: () => {
	state.text = search.value.trim().toLowerCase();
	state.page = 0;
	refresh();
}});

function clearFilters() {
	search.value = '';
	state.text = '';
	Object.keys(selects).forEach((letter) => setTag(letter, ''));
	state.findings = false;
	state.page = 0;
	refresh();
}

const clear = el('button', {type: 'button', onclick: clearFilters}, 'clear');

const onlyFindings = el('button', {type: 'button', 'aria-pressed': 'false', onclick: () => {
	state.findings = !state.findings;
	state.page = 0;
	refresh();
}}, 'only with findings');

// --- the table ------------------------------------------------------------------------------------------------------

const count = el('p', {class: 'count', role: 'status'});
const head = el('thead');
const body = el('tbody');
const pager = el('div', {class: 'pager'});

function headCell(column, i) {
	return el('th', {scope: 'col', class: column.num ? 'num' : null,
			 'aria-sort': state.sort !== i ? null : state.down ? 'descending' : 'ascending'},
		  el('button', {type: 'button', 'data-column': i, onclick: () => {
			state.down = state.sort === i ? !state.down : false;
			state.sort = i;
			refresh();
			head.querySelector(`[data-column="${i}"]`).focus();
		  }}, column.label));
}

function drawHead() {
	head.replaceChildren(el('tr', {}, el('th', {scope: 'col'}, el('button', {type: 'button', title: 'in the order in which they entered',
		onclick: () => { state.sort = -1; state.down = false; refresh(); }}, 'write')), ...COLUMNS.map(headCell)));
}

function toggle(i) {
	if (!state.open.delete(i))
		state.open.add(i);
	drawBody();
	const opener = body.querySelector(`[data-row="${i}"]`);
	if (opener)
		opener.focus();
}

function openerOf(row, i) {
	return el('button', {type: 'button', class: 'opener', 'data-row': i, 'aria-expanded': String(state.open.has(i)),
			     'aria-label': `details of write ${main(row).i}`,
			     onclick: (event) => { event.stopPropagation(); toggle(i); }}, String(main(row).i));
}

function drawRow(i) {
	const row = D.rows[i], open = state.open.has(i);
	const tr = el('tr', {class: 'row' + (open ? ' open' : ''), id: 'row-' + i, onclick: () => {
		if (!String(window.getSelection())) // marking text is not clicking
			toggle(i);
	}}, el('th', {scope: 'row'}, openerOf(row, i)),
	...COLUMNS.map((c) => el('td', {class: [c.num ? 'num' : '', c.cls || ''].join(' ').trim() || null}, c.show(row))));
	return open ? [tr, el('tr', {}, el('td', {class: 'detail', colspan: COLUMNS.length + 1}, detail(row)))] : [tr];
}

function drawBody() {
	const shown = state.rows.slice(state.page * PAGE, (state.page + 1) * PAGE);
	body.replaceChildren(...shown.flatMap(drawRow));
}

function drawPager() {
	const pages = Math.ceil(state.rows.length / PAGE);
	const go = (by) => () => { state.page += by; refresh(); document.getElementById('writes').scrollIntoView(); };
	pager.replaceChildren();
	if (pages < 2)
		return;
	pager.append(`${number(state.page * PAGE + 1)}–${number(Math.min(state.rows.length, (state.page + 1) * PAGE))} of ${number(state.rows.length)}`,
		     el('button', {type: 'button', onclick: go(-1), disabled: state.page === 0}, 'previous'),
		     el('button', {type: 'button', onclick: go(1), disabled: state.page >= pages - 1}, 'next'));
}

function drawCount() {
	const all = D.rows.length;
	let text = state.rows.length === all ? `${number(all)} ${all === 1 ? 'write' : 'writes'}`
					     : `${number(state.rows.length)} of ${number(all)} writes`;
	if (D.total > all)
		text += `. The file holds the first ${number(all)} of ${number(D.total)}; the totals above are of all.`;
	count.textContent = text;
	clear.disabled = !state.text && !Object.keys(state.tags).length && !state.findings;
	onlyFindings.setAttribute('aria-pressed', String(state.findings));
}

function refresh() {
	select();
	drawHead();
	drawBody();
	drawPager();
	drawCount();
}

// --- one write: what happened, in a sentence ------------------------------------------------------------------------

function story(row, w) {
	const parts = [];
	const words = (letter) => row.g.split(' ').filter((t) => t[0] === letter).map((t) => TAGS[t]).join(', ');
	const first = (...keys) => plain(w, keys.find((key) => known(w, key)) || keys[0]);
	parts.push(`${first('asked_len', 'len')} bytes at ${first('pos', 'asked_pos')} of ${first('file')}, by ${first('submit')}`);
	parts.push('lock: ' + TAGS[tagged(row, 'L')] + (words('U') && ' (' + words('U') + ')'));
	if (known(w, 'bios'))
		parts.push(`${plain(w, 'rounds')} mapping ${w.v[F.rounds] === 1 ? 'round' : 'rounds'}, ${plain(w, 'bios')} ${w.v[F.bios] === 1 ? 'bio' : 'bios'}`);
	if (zeroed(row))
		parts.push(`${number(zeroed(row))} bytes zeroed around the data`);
	if (tagged(row, 'F') !== null)
		parts.push('buffered: ' + TAGS[tagged(row, 'F')]);
	if (tagged(row, 'D') !== null)
		parts.push('durable by: ' + TAGS[tagged(row, 'D')] + (words('Y') && ' (' + words('Y') + ')'));
	if (words('A'))
		parts.push(words('A'));
	parts.push('result ' + plain(w, 'ret') + (words('R') && ': ' + words('R')));
	return el('p', {class: 'story'}, parts.join(' · '));
}

const STATES = ['the recording stopped before this write was over: its result is not known',
		'a hook missed the end of this write: its result is not known',
		'no hook sees the end of this write: it was closed later, and its times are upper bounds'];

function notices(w, side) {
	const list = STATES.filter((text, bit) => w.x >> bit & 1);
	if (w.m)
		list.push(`${number(w.m)} of its mapping rounds and bios were LOST`);
	return list.map((text) => el('p', {class: 'notice'}, (side ? side + ': ' : '') + text));
}

// --- one write: where in the file -----------------------------------------------------------------------------------

function mapFlags(flags) {
	return ['new', 'dirty', 'shared', 'merged'].filter((name, bit) => flags >> bit & 1).join('+');
}

function stepName(s) {
	if (s[STEP.kind] === ROUND)
		return [D.maps[s[STEP.role]] || '?', mapFlags(s[STEP.flags])].filter(Boolean).join('+');
	return (D.roles[s[STEP.role]] || '?') + (s[STEP.opf] & FUA ? ' FUA' : '');
}

function spanOf(s) {
	return [Number(s[STEP.pos]), Number(s[STEP.pos]) + Number(s[STEP.len])];
}

// One lane of the diagram: [label, [[from, to, class, name], ...]].
function lanes(w, side) {
	const prefix = side ? side + ' ' : '';
	const rounds = w.s.filter((s) => s[STEP.kind] === ROUND), bios = w.s.filter((s) => s[STEP.kind] !== ROUND);
	const list = [];
	if (rounds.length)
		list.push([prefix + 'mapping', rounds.map((s) => [...spanOf(s), D.maps[s[STEP.role]] || 'hole', stepName(s)])]);
	if (bios.length)
		list.push([prefix + 'bios', bios.map((s) => [...spanOf(s), s[STEP.role] !== DATA ? 'zero' : s[STEP.opf] & FUA ? 'fua' : 'data', stepName(s)])]);
	if (value(w, 'fallback') && known(w, 'fallback_pos')) {
		const pos = Number(value(w, 'fallback_pos'));
		list.push([prefix + 'buffered', [[pos, pos + Number(value(w, 'fallback_len') || 0), 'buffered', 'page cache']]]);
	}
	return list;
}

// The part of the file that is drawn: the write and its bios, in whole blocks, and a bit around.
function domain(writes) {
	let from = Infinity, to = -Infinity, block = 4096;
	for (const w of writes) {
		const ranges = w.s.filter((s) => s[STEP.kind] !== ROUND).map(spanOf);
		const pos = value(w, 'pos'), len = value(w, 'len');
		if (pos !== null && len !== null)
			ranges.push([Number(pos), Number(pos) + Number(len)]);
		else if (!ranges.length)
			w.s.forEach((s) => ranges.push(spanOf(s)));
		block = 2 ** (value(w, 'blkbits') || 12);
		for (const [a, b] of ranges) {
			from = Math.min(from, a);
			to = Math.max(to, b);
		}
	}
	if (!(to >= from))
		return null;
	from = Math.floor(from / block) * block;
	to = Math.max(Math.ceil(to / block) * block, from + block);
	return {from: Math.max(0, from), to, block, margin: (to - from) * 0.03};
}

function ticks(range) {
	const blocks = (range.to - range.from) / range.block;
	const every = range.block * Math.max(1, 2 ** Math.ceil(Math.log2(blocks / 8)));
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
		const text = `${name} [${number(from)}, ${number(to)})`;
		nodes.push(svg('rect', {x: left, y, width, height: 20, rx: 2, class: cls}, svg('title', {}, text)));
		if (width > name.length * 6.4 + 8)
			nodes.push(svg('text', {x: left + width / 2, y: y + 14, 'text-anchor': 'middle', class: 'in' + (cls === 'hole' ? ' dark' : '')}, name));
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

function ranges(row, width) {
	const writes = [row.a, row.b].filter(Boolean), range = domain(writes), w = main(row);
	if (!range)
		return null;
	const list = [], edges = [];
	if (known(w, 'pos') && known(w, 'len')) {
		const pos = Number(value(w, 'pos')), end = pos + Number(value(w, 'len'));
		list.push(['write', [[pos, end, 'asked', 'write']]]);
		edges.push(pos, end);
	}
	if (row.a)
		list.push(...lanes(row.a, D.verify ? 'live' : ''));
	if (row.b)
		list.push(...lanes(row.b, 'ref.'));
	if (!list.length)
		return null;
	const gutter = width < 560 ? 78 : 104, height = list.length * 26 + 34, right = width - 12;
	const scale = (right - gutter - 12) / (range.to - range.from + 2 * range.margin);
	const x = (pos) => gutter + (pos - range.from + range.margin) * scale;
	x.left = gutter;
	const isize = value(w, 'isize');
	return svg('svg', {class: 'ranges', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'where in the file'},
		   ...axisNodes(range, edges, x, height, isize === null ? null : Number(isize)),
		   ...list.flatMap((lane, i) => laneNodes(lane, 8 + i * 26, x, right)));
}

// --- one write: when ------------------------------------------------------------------------------------------------

function clock(w) {
	const seen = w.t.map((t, i) => [i, t === null ? null : Number(t)]).filter(([, t]) => t !== null);
	if (seen.length < 2)
		return null;
	const total = Math.max(...seen.map(([, t]) => t), 1);
	const nodes = seen.flatMap(([i, t], n) => {
		const next = n + 1 < seen.length ? seen[n + 1][1] : t;
		const bar = el('i');
		bar.style.left = Math.min(99.5, 100 * t / total) + '%';
		bar.style.width = 100 * Math.max(0, next - t) / total + '%';
		return [el('span', {}, D.stages[i]), el('span', {class: 'lane'}, bar),
			el('span', {class: 'when'}, '+' + time(t))];
	});
	return el('div', {class: 'clock'}, ...nodes);
}

// --- one write: every fact ------------------------------------------------------------------------------------------

function verdictOf(row, i) {
	const finding = (row.f || []).find((f) => f[0] === i);
	return finding ? finding[2] === DIFFERENT ? 'different' : finding[2] === ALLOWED ? 'allowed' : '' : '';
}

function factRow(row, field, i) {
	const sides = D.verify ? [row.a, row.b] : [row.a];
	return el('tr', {class: verdictOf(row, i) || null}, el('th', {scope: 'row', title: field.help}, field.label),
		  ...sides.map((w) => el('td', {}, fact(w, field.key))));
}

function group(row, stage) {
	const fields = D.fields.map((f, i) => [f, i]).filter(([f]) => f.stage === stage);
	if (!fields.length)
		return null;
	const t = main(row).t[stage];
	return el('div', {class: 'group'},
		  el('h5', {}, D.stages[stage], el('span', {}, D.verify ? '' : t === null ? 'not seen' : '+' + time(Number(t)))),
		  el('table', {}, el('tbody', {},
			D.verify ? el('tr', {class: 'sides'}, el('td'), ...SIDES.map((s) => el('td', {}, s))) : null,
			...fields.map(([f, i]) => factRow(row, f, i)))));
}

function stepRow(s, i) {
	return el('tr', {}, el('td', {class: 'num'}, String(i + 1)), el('td', {}, s[STEP.kind] === ROUND ? 'round' : 'bio'),
		  el('td', {}, stepName(s)), el('td', {class: 'num'}, number(s[STEP.pos])), el('td', {class: 'num'}, number(s[STEP.len])),
		  el('td', {class: 'num'}, s[STEP.addr] === null ? '–' : number(s[STEP.addr])),
		  el('td', {class: 'num'}, s[STEP.kind] === ROUND ? '' : '0x' + s[STEP.opf].toString(16)));
}

const STEPS_SHOWN = 500;

function steps(w, side) {
	if (!w || !w.s.length)
		return null;
	const titles = ['', 'step', 'what', 'position', 'length', 'address', 'opf'];
	const node = el('details', {class: 'quiet'}, el('summary', {}, `${side ? side + ': ' : ''}${number(w.s.length)} mapping rounds and bios, in order`));
	node.addEventListener('toggle', () => {
		if (node.childElementCount > 1)
			return;
		node.append(el('div', {class: 'scroll'}, el('table', {class: 'steps'},
			el('thead', {}, el('tr', {}, ...titles.map((t, i) => el('th', {class: i > 2 || !i ? 'num' : null}, t)))),
			el('tbody', {}, ...w.s.slice(0, STEPS_SHOWN).map(stepRow)))));
		if (w.s.length > STEPS_SHOWN)
			node.append(el('p', {class: 'muted'}, `${number(w.s.length - STEPS_SHOWN)} more are in the trace`));
	});
	return node;
}

function findingRow([i, what, verdict, a, b, rule]) {
	return el('tr', {class: verdict === DIFFERENT ? 'different' : null},
		  el('th', {scope: 'row'}, i >= 0 ? D.fields[i].label : what),
		  el('td', {class: 'mono'}, a), el('td', {class: 'mono'}, b),
		  el('td', {}, (verdict === DIFFERENT ? '' : verdict === ALLOWED ? 'allowed: ' : 'unobservable: ') + (rule || '')));
}

function diffs(row) {
	if (!row.f || !row.f.length)
		return null;
	return el('div', {class: 'scroll'}, el('table', {class: 'diffs'},
		  el('thead', {}, el('tr', {}, ...['fact', ...SIDES, 'rule'].map((t) => el('th', {scope: 'col'}, t)))),
		  el('tbody', {}, ...[...row.f].sort((x, y) => x[2] - y[2]).map(findingRow))));
}

function titled(title, node) {
	return node ? [el('h4', {}, title), node] : [];
}

function detail(row) {
	const width = Math.max(320, Math.min(1270, document.documentElement.clientWidth - 90));
	const stages = D.stages.map((s, i) => group(row, i)).filter(Boolean);
	return el('div', {class: 'detail-in'}, story(row, main(row)),
		  ...(row.a ? notices(row.a, D.verify ? 'live' : '') : []), ...(row.b ? notices(row.b, 'reference') : []),
		  ...titled('Differences', diffs(row)),
		  ...titled('In the file: bytes', ranges(row, width)),
		  steps(row.a, D.verify ? 'live' : ''), steps(row.b, 'reference'),
		  ...titled('In time: when each stage began' + (D.verify && row.a ? ', on the live kernel' : ''), clock(main(row))),
		  ...titled('Facts by the stage that decides them; sizes in bytes', el('div', {class: 'facts' + (D.verify ? ' two' : '')}, ...stages)));
}

// --- links from the totals and the findings -------------------------------------------------------------------------

function showRow(i) {
	if (!D.rows[i])
		return;
	if (!state.rows.includes(i))
		clearFilters();
	state.page = Math.floor(state.rows.indexOf(i) / PAGE);
	state.open.add(i);
	refresh();
	document.getElementById('row-' + i).scrollIntoView({block: 'start'});
	body.querySelector(`[data-row="${i}"]`).focus({preventScroll: true});
}

// "#r=3" is write 3 as the table numbers it; of a verify run, where the workloads number theirs alike, the row.
function rowOfHash(n) {
	return D.verify ? n : D.rows.findIndex((row) => String(main(row).i) === String(n));
}

function followHash() {
	const tag = /^#t=([A-Z]\d+)$/.exec(location.hash), row = /^#r=(\d+)$/.exec(location.hash);
	if (tag) {
		Object.keys(selects).forEach((letter) => setTag(letter, ''));
		setTag(tag[1][0], tag[1]);
		refresh();
		document.getElementById('writes').scrollIntoView();
	} else if (row) {
		showRow(rowOfHash(Number(row[1])));
	}
}

function start() {
	const tools = el('div', {class: 'tools', role: 'search'}, search, ...filterGroups().map(filterSelect),
			 D.verify && D.rows.some((row) => findingsOf(row, DIFFERENT).length) ? onlyFindings : null, clear);
	document.getElementById('table').append(tools, count,
		el('div', {class: 'scroll'}, el('table', {class: 'grid writes'}, head, body)), pager);
	refresh();
	// a link to where one already is does not change the hash, but is followed again
	document.addEventListener('click', (event) => {
		const link = event.target.closest('a[href^="#t="], a[href^="#r="]');
		if (link && link.getAttribute('href') === location.hash)
			followHash();
	});
	window.addEventListener('hashchange', followHash);
	followHash();
}

start();
}());
