// SPDX-License-Identifier: GPL-2.0-only
// One write in full: what happened in a sentence, where its time went, where in the file, and every decision on its way
// with how it is known, what it means and the kernel function that takes it.

import {A, B, ALLOWED, D, DIFFERENT, RUNS, STEP, TAGS, findingsOf, labels, main, row, runOf, steps, tagged, tagsOf, times, write} from './data.js';
import {HOW, fact, how, known, plain, value} from './facts.js';
import {button, el} from './dom.js';
import {counted, number, percent, time} from './format.js';
import {isRound, ranges, stepName} from './ranges.js';
import {neighbour, openAt} from './table.js';
import {setState} from './state.js';

const STEPS_SHOWN = 500;

function titled(title, node) {
	return node ? [el('h4', {}, title), node] : [];
}

// --- in a sentence --------------------------------------------------------------------------------------------------

function story(i) {
	const w = main(i), first = (a, b) => plain(w, known(w, a) ? a : b);
	const words = (letter) => labels(i, letter).join(', '), more = (text) => text && ` (${text})`;
	return el('p', {class: 'story'}, `${first('asked_len', 'len')} bytes at ${first('pos', 'asked_pos')} of `, fact(w, 'file'), [
		`, by ${plain(w, 'comm')} (${plain(w, 'pid')}) with ${plain(w, 'submit')}`,
		'lock: ' + TAGS[tagged(i, 'L')].label + more(words('U')),
		known(w, 'bios') && `${counted(value(w, 'rounds') || 0, 'mapping round')}, ${counted(value(w, 'bios'), 'bio')}`,
		words('F') && 'buffered: ' + words('F'),
		words('D') && 'durable by: ' + words('D') + more(words('Y')),
		words('A'), words('K'), 'result ' + plain(w, 'ret') + more(words('R')),
	].filter(Boolean).join(' · '));
}

const STATES = ['the recording stopped before this write was over: its result is not known',
		'a hook missed the end of this write: its result is not known',
		'no hook sees the end of this write: it was closed later, and its times are upper bounds'];

function notices(w, side) {
	const list = STATES.filter((text, bit) => w.side.state()[w.i] >> bit & 1), missing = w.side.missing()[w.i];
	if (missing)
		list.push(`${number(missing)} of its mapping rounds and bios were LOST`);
	return list.map((text) => el('p', {class: 'notice'}, (side ? side + ': ' : '') + text));
}

// What held of it, and what would change it.
function reasons(i) {
	const list = tagsOf(i).filter((tag) => D.whys[tag]);
	return list.length ? el('ul', {class: 'whys'}, ...list.map((tag) => el('li', {}, el('b', {}, TAGS[tag].label), ' ',
		el('code', {}, D.whys[tag][0] + '()'), el('br'), 'change: ' + D.whys[tag][1]))) : null;
}

// --- its time -------------------------------------------------------------------------------------------------------

function timeBar(w) {
	const list = times(w), total = list.reduce((sum, [, ns]) => sum + ns, 0);
	if (!total)
		return null;
	const part = ([n, ns]) => {
		const node = el('i', {class: 'r' + n, title: `${D.times[n]} ${time(ns)}`});
		node.style.flex = ns / total;
		return node;
	};
	return el('div', {}, el('div', {class: 'timebar', 'aria-hidden': 'true'}, ...list.map(part)),
		  el('ul', {class: 'legend'}, ...list.map(([n, ns]) => el('li', {}, el('i', {class: 'r' + n}), `${D.times[n]} `, el('b', {}, time(ns)), ' ',
			el('span', {class: 'muted'}, percent(ns, total))))));
}

// --- decision by decision -------------------------------------------------------------------------------------------

function verdictOf(i, fact) {
	const f = findingsOf(i).find((finding) => finding.fact === fact);
	return f && f.verdict === DIFFERENT ? 'different' : f && f.verdict === ALLOWED ? 'allowed' : null;
}

function howCell(w, n) {
	const word = HOW[how(w, n)];
	return el('td', {class: 'how'}, value(w, D.fields[n].key) === null ? '' : word);
}

function factRow(i, n, sides) {
	const field = D.fields[n];
	return el('tr', {class: verdictOf(i, n)}, el('th', {scope: 'row'}, field.label),
		  ...sides.map(([w]) => el('td', {class: 'value'}, fact(w, field.key))), howCell(sides[0][0] || sides[1][0], n),
		  el('td', {class: 'rule'}, field.help), el('td', {}, field.fn ? el('code', {}, field.fn + '()') : ''));
}

function walk(i, sides) {
	const titles = ['decision', ...sides.map(([, name]) => name || 'value'), 'known', 'what it means', 'taken by'];
	const groups = D.stages.map((stage, s) => [stage, D.fields.map((f, n) => n).filter((n) => D.fields[n].stage === s)]);
	groups.push([groups[0][0] + ': who asked for what, and what decisions depend on', groups.shift()[1]]);
	return el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'decisions'}, el('table', {class: 'grid walk'},
		el('thead', {}, el('tr', {}, ...titles.map((t) => el('th', {scope: 'col'}, t)))),
		...groups.filter(([, facts]) => facts.length).map(([stage, facts]) => el('tbody', {},
			el('tr', {class: 'stage'}, el('th', {colspan: titles.length, scope: 'rowgroup'}, stage)),
			...facts.map((n) => factRow(i, n, sides))))));
}

// --- differences and steps ------------------------------------------------------------------------------------------

function findingRow(f) {
	const words = f.verdict === DIFFERENT ? '' : f.verdict === ALLOWED ? 'allowed: ' : 'unobservable: ';
	return el('tr', {class: f.verdict === DIFFERENT ? 'different' : null},
		  el('th', {scope: 'row'}, f.fact >= 0 ? D.fields[f.fact].label : f.what),
		  el('td', {class: 'mono'}, f.a), el('td', {class: 'mono'}, f.b), el('td', {}, words + f.rule));
}

function differences(i) {
	const list = [...findingsOf(i)].sort((a, b) => a.verdict - b.verdict);
	return list.length ? el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'differences'}, el('table', {class: 'grid diffs'},
		el('thead', {}, el('tr', {}, ...['fact', 'live kernel', 'reference', 'rule'].map((t) => el('th', {scope: 'col'}, t)))),
		el('tbody', {}, ...list.map(findingRow)))) : null;
}

function stepRow(s, n) {
	return el('tr', {}, el('td', {class: 'num'}, String(n + 1)), el('td', {}, isRound(s) ? 'round' : 'bio'), el('td', {}, stepName(s)),
		  ...[STEP.pos, STEP.len].map((at) => el('td', {class: 'num'}, number(s[at]))),
		  el('td', {class: 'num'}, s[STEP.addr] === null ? '–' : number(s[STEP.addr])),
		  el('td', {class: 'num'}, isRound(s) ? '' : '0x' + s[STEP.opf].toString(16)));
}

function stepList(w, side, cut) {
	const list = steps(w);
	if (!list.length)
		return null;
	const titles = ['#', 'step', 'what', 'position', 'length', 'address', 'opf'], more = list.length - STEPS_SHOWN + cut;
	return el('details', {class: 'quiet'}, el('summary', {}, `${side ? side + ': ' : ''}${number(list.length + cut)} mapping rounds and bios, in order`),
		el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'mapping rounds and bios'}, el('table', {class: 'steps'},
			el('thead', {}, el('tr', {}, ...titles.map((t, n) => el('th', {class: n > 2 || !n ? 'num' : null, scope: 'col'}, t)))),
			el('tbody', {}, ...list.slice(0, STEPS_SHOWN).map(stepRow)))),
		cut || more > 0 ? el('p', {class: 'muted'}, `${number(Math.max(more, cut))} more are in the trace`) : null);
}

// --- all ------------------------------------------------------------------------------------------------------------

function close() {
	setState({w: ''}, 'push');
}

function step(by) {
	const at = neighbour(by);
	return button(by < 0 ? 'previous' : 'next', () => openAt(neighbour(by)), {disabled: at < 0});
}

export function drawWrite(i, place) {
	if (i < 0) {
		place.replaceChildren();
		return;
	}
	const live = write(i, A), reference = write(i, B), width = Math.max(300, place.clientWidth - 34);
	const sides = B ? [[live, 'live kernel'], [reference, 'reference']] : [[live, '']];
	const there = sides.filter(([w]) => w), name = (side) => B ? side : '';
	place.replaceChildren(el('div', {class: 'one'},
		el('div', {class: 'onehead'}, el('h3', {tabindex: -1}, `Write ${main(i).side.id()[i]}` + (B ? ` of ${D.workloads[row.k()[i]].id}` : RUNS.length ? ` of ${RUNS[runOf(i)]}` : '')),
		   step(-1), step(1), button('close', close)),
		story(i), ...there.flatMap(([w, side]) => notices(w, name(side))), reasons(i),
		...titled('Its time', live && timeBar(live)),
		...titled('Differences', differences(i)),
		...titled('In the file: bytes', ranges(there.map(([w, side]) => [w, B ? (w === live ? 'live' : 'ref.') : '']), width)),
		...there.map(([w, side]) => stepList(w, name(side), w === live ? row.cut()[i] : 0)),
		...titled('The way it took, decision by decision; sizes in bytes', walk(i, sides))));
}
