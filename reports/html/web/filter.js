// SPDX-License-Identifier: GPL-2.0-only
// The filter language: terms that must all hold, such as
//
//	latency>1ms lock:exclusive reason:extend file:log -ret<0 t:0.5..2 "postgres"
//
// A term is a key, an operator and a value, or a word to be found in names and reasons; - before it turns it round. A
// colon finds what contains the value, = what is the value; commas part values of which one must hold. Of facts that
// have no value, the word for why is one: lock:unknown.

import {A, D, ERRORS, F, RUNS, TAGS, findingsOf, main, row, runOf, tagsOf} from './data.js';
import {HOW, formatted, how, isWord, plain, value} from './facts.js';

// --- terms ----------------------------------------------------------------------------------------------------------

const TERM = /^(-?)([a-z_][a-z0-9_]*)(>=|<=|!=|=|:|>|<)(.*)$/s;

function isSpace(c) {
	return c === ' ' || c === '\t' || c === '\n';
}

// Words of a text, as {raw, text}: text without quotes; raw to be put together again.
export function split(text) {
	const list = [];
	for (let at = 0; at < text.length;) {
		if (isSpace(text[at])) {
			at++;
			continue;
		}
		let word = '', from = at, quoted = false;
		for (; at < text.length && (quoted || !isSpace(text[at])); at++) {
			if (text[at] === '"')
				quoted = !quoted;
			else
				word += quoted && text[at] === '\\' && at + 1 < text.length ? text[++at] : text[at];
		}
		list.push({raw: text.slice(from, at), text: word});
	}
	return list;
}

export function quote(value) {
	return /^[^\s"\\,]+$/.test(value) ? value : '"' + value.replace(/["\\]/g, '\\$&') + '"';
}

// The terms of a text without those of a key, and with another in their place; "" puts none there.
export function replaceTerm(text, key, term) {
	const rest = split(text).filter((word) => !(TERM.exec(word.text) || [])[0] || TERM.exec(word.text)[2] !== key);
	return [...rest.map((word) => word.raw), term].filter(Boolean).join(' ');
}

// --- values ---------------------------------------------------------------------------------------------------------

const UNITS = {ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, k: 1024, kib: 1024, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
	       g: 2 ** 30, t: 2 ** 40, b: 1, '': 1};

function amount(text, field) {
	const parts = /^(-?[\d.]+)\s*([a-z]*)$/i.exec(text);
	if (!parts)
		return null;
	const unit = field && field.kind !== 'ns' && parts[2].toLowerCase() === 'm' ? 'mib' : parts[2].toLowerCase();
	return unit in UNITS && !isNaN(parts[1]) ? Number(parts[1]) * UNITS[unit] : null;
}

const COMPARE = {'>': (a, b) => a > b, '<': (a, b) => a < b, '>=': (a, b) => a >= b, '<=': (a, b) => a <= b,
		 '=': (a, b) => a === b, ':': (a, b) => a === b};

function textTest(op, wanted) {
	const low = wanted.toLowerCase();
	return op === '=' ? (text) => text === wanted : (text) => text.toLowerCase().includes(low);
}

// --- what can be asked for ------------------------------------------------------------------------------------------

// Texts of a row: any of them may be meant.
const TEXTS = {
	process: (i) => [`${plain(main(i), 'comm')} (${plain(main(i), 'pid')})`],
	why: (i) => [D.words[row.why()[i]]],
	reason: (i) => tagsOf(i).filter((tag) => D.whys[tag]).flatMap((tag) => [TAGS[tag].key, TAGS[tag].label]),
	workload: (i) => [D.workloads[row.k()[i]].id],
	error: (i) => value(main(i), 'ret') < 0 ? [ERRORS.get(-value(main(i), 'ret')) || ''] : [],
	kept: (i) => D.kept.filter((word, bit) => row.kept()[i] >> bit & 1),
	finding: (i) => findingsOf(i, 0).flatMap((f) => [f.what, f.fact < 0 ? f.what : D.fields[f.fact].label]),
};
if (RUNS.length)
	TEXTS.run = (i) => [RUNS[runOf(i)]];
D.groups.forEach(([, key]) => {
	TEXTS[key] = (i) => tagsOf(i).filter((tag) => TAGS[tag] && TAGS[tag].group === key).flatMap((tag) => [TAGS[tag].key, TAGS[tag].label]);
});

// Numbers of a row, null where there is none.
const NUMBERS = {
	id: (i) => main(i).side.id()[i],
	op: (i) => row.op()[i],
	findings: (i) => findingsOf(i, 0).length,
	kept_as: (i) => row.kept()[i],
	row: (i) => i,
};
export const TIME_KEYS = D.times.map((word) => 'in_' + word.toLowerCase().replace(/[^a-z]+/g, '_').replace(/_$/, ''));
TIME_KEYS.forEach((key, n) => { NUMBERS[key] = (i) => A.t[n]()[i]; });

export const KEYS = [...D.fields.map((f) => f.key), ...Object.keys(TEXTS), ...Object.keys(NUMBERS), 't'];

function anyOf(values, make) {
	const tests = values.map(make);
	return tests.includes(null) ? null : (i) => tests.some((test) => test(i));
}

function onText(key, op, wanted) {
	if (!'=:'.includes(op))
		return null;
	const test = textTest(op, wanted);
	return (i) => TEXTS[key](i).some(test);
}

function onNumber(key, op, wanted) {
	const n = amount(wanted, TIME_KEYS.includes(key) ? {kind: 'ns'} : null);
	return n === null || !COMPARE[op] ? null : (i) => {
		const v = NUMBERS[key](i);
		return v !== null && COMPARE[op](Number(v), n);
	};
}

function onHow(key, letter) {
	return (i) => how(main(i), F[key]) === letter;
}

// A word for a fact is one of its names, an error, a text; a number compares.
function onFact(key, op, wanted) {
	const field = D.fields[F[key]], letter = Object.keys(HOW).find((h) => HOW[h] === wanted);
	if (letter && '=:'.includes(op))
		return onHow(key, letter);
	const n = amount(wanted, field), v = (i) => value(main(i), key);
	if (n !== null && !isWord(field) && field.kind !== 'bool')
		return (i) => v(i) !== null && COMPARE[op](Number(v(i)), n);
	if (!'=:'.includes(op))
		return null;
	const test = textTest(field.kind === 'enum' ? '=' : op, wanted);
	return (i) => v(i) !== null && test(formatted(field, v(i)));
}

// Seconds from the first write: "0.5..2", either end may be missing.
function onMoment(op, wanted) {
	const parts = /^([\d.]*)\.\.([\d.]*)$/.exec(wanted);
	if (!parts || op !== ':')
		return null;
	const from = parts[1] === '' ? -Infinity : Number(parts[1]) * 1e9, to = parts[2] === '' ? Infinity : Number(parts[2]) * 1e9;
	return (i) => {
		const at = main(i).side.at()[i];
		return at !== null && at >= from && at <= to;
	};
}

// The first term of a key, as [, minus, key, operator, value].
function termOf(text, key) {
	return split(text).map((word) => TERM.exec(word.text)).find((parts) => parts && parts[2] === key);
}

// The run that is asked for, in small letters; '' is both.
export function runAskedFor(text) {
	const term = termOf(text, 'run');
	return term ? term[4].toLowerCase() : '';
}

export function momentOf(text) {
	const term = termOf(text, 't');
	const range = term && /^([\d.]+)\.\.([\d.]+)$/.exec(term[4]);
	return range ? [Number(range[1]) * 1e9, Number(range[2]) * 1e9] : null;
}

function onWord(wanted) {
	const low = wanted.toLowerCase();
	return (i) => ['file', 'comm'].some((key) => plain(main(i), key).toLowerCase().includes(low)) ||
		(D.verify && D.workloads[row.k()[i]].id.toLowerCase().includes(low)) || D.words[row.why()[i]].toLowerCase().includes(low) ||
		tagsOf(i).some((tag) => TAGS[tag] && TAGS[tag].label.toLowerCase().includes(low));
}

function test(key, op, wanted) {
	if (key === 't')
		return onMoment(op, wanted);
	// what several rows of a breakdown share is one name, commas and all
	const values = op === '=' ? [wanted] : wanted.split(',');
	return anyOf(values, (one) => key in TEXTS ? onText(key, op, one) : key in NUMBERS ? onNumber(key, op, one) : onFact(key, op, one));
}

function negated(holds) {
	return (i) => !holds(i);
}

// {holds: (row) => ..., wrong: a sentence, or null}.
export function compile(text) {
	const tests = [];
	let wrong = null;
	for (const word of split(text)) {
		const parts = TERM.exec(word.text);
		if (!parts) {
			const minus = word.text[0] === '-' && word.text.length > 1;
			tests.push(minus ? negated(onWord(word.text.slice(1))) : onWord(word.text));
			continue;
		}
		const [, minus, key, op, wanted] = parts;
		const holds = KEYS.includes(key) ? test(key, op === '!=' ? '=' : op, wanted) : null;
		if (holds)
			tests.push((minus === '-') !== (op === '!=') ? negated(holds) : holds);
		else
			wrong = wrong || (KEYS.includes(key) ? `'${word.text}' makes no sense` : `no fact is called '${key}'`);
	}
	return {holds: (i) => tests.every((t) => t(i)), wrong};
}
