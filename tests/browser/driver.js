// SPDX-License-Identifier: GPL-2.0-only
// Put into a copy of a page before a script that drives it: what such scripts have in common. drive() runs parts of one
// after the other and says in the document, in <pre id=ID>, as TAP, whether the page does what it should.
async function drive(id, parts) {
'use strict';

const lines = [];
let nr = 0;

function ok(holds, title, saw) {
	nr++;
	lines.push(`${holds ? 'ok' : 'not ok'} ${nr} - ${title}` + (holds ? '' : ` (saw: ${saw})`));
}

function equal(got, wanted, title) {
	ok(got === wanted, title, `'${got}', not '${wanted}'`);
}

const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const settle = () => new Promise((done) => setTimeout(done, 60));
const countText = () => one('.count').textContent;
const shown = () => Number(one('table.writes').getAttribute('aria-rowcount')) - 1;
const column = (n) => all(`table.writes tbody tr.row td:nth-child(${n})`).map((td) => td.textContent);
const headers = () => all('table.writes thead th').map((th) => th.textContent);
const cells = (label) => column(headers().indexOf(label) + 1);

async function type(text) {
	const input = one('#filter');
	input.value = text;
	input.dispatchEvent(new Event('input', {bubbles: true}));
	await settle();
}

async function press(key, target) {
	(target || document.activeElement).dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
	await settle();
}

async function click(node) {
	node.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, view: window}));
	await settle();
}

async function drag(node, from, to) {
	const box = node.getBoundingClientRect(), y = box.top + box.height / 2;
	const at = (type, part) => new MouseEvent(type, {bubbles: true, cancelable: true, view: window, clientX: box.left + box.width * part, clientY: y});
	node.dispatchEvent(at('mousedown', from));
	for (let part = from; part <= to; part += 0.05)
		window.dispatchEvent(at('mousemove', part));
	window.dispatchEvent(at('mouseup', to));
	await settle();
}

async function back() {
	const gone = new Promise((done) => addEventListener('popstate', done, {once: true}));
	history.back();
	await Promise.race([gone, new Promise((done) => setTimeout(done, 1000))]);
	await settle();
}

try {
	for (const part of parts)
		await part({ok, equal, one, all, settle, countText, shown, column, headers, cells, type, press, click, drag, back});
} catch (error) {
	ok(false, 'the page can be driven', error.stack);
}
document.body.append(Object.assign(document.createElement('pre'), {id, textContent: [...lines, `1..${nr}`].join('\n')}));
}
