// SPDX-License-Identifier: GPL-2.0-only
// One fact of a write: its value, how it is known, and how it is shown.

import {D, ERRORS, F} from './data.js';
import {el} from './dom.js';
import {mask, number, time} from './format.js';

export const HOW = {o: 'observed', i: 'inferred', u: 'unknown', n: 'not reached', f: 'in flight'};
const WHY = {
	i: 'inferred from observed facts by a rule', u: 'not observable with these hooks on this kernel',
	n: 'the write ended before this decision was taken', f: 'the recording ended before the write came to this',
};

export function how(w, fact) {
	return D.hows[w.side.how()[w.i]][fact];
}

export function known(w, key) {
	const h = w && how(w, F[key]);
	return h === 'o' || h === 'i';
}

// The raw value; null when it has none.
export function value(w, key) {
	return w ? w.side.v[F[key]]()[w.i] : null;
}

export function isWord(field) {
	return field.kind === 'text' || field.kind === 'dev';
}

export function formatted(field, v) {
	switch (field.kind) {
	case 'bool': return v ? 'yes' : 'no';
	case 'enum': return field.names[v] === undefined ? String(v) : field.names[v];
	case 'mask': return mask(v, field.names);
	case 'ns': return time(Number(v));
	case 'uint': return field.unit ? number(v) : String(v); // process and inode numbers are names
	case 'errno': return v < 0 ? '-' + (ERRORS.get(-v) || -v) : number(v);
	case 'text': case 'dev': return D.words[v];
	default: return number(v);
	}
}

// The value as text, or the word for why there is none.
export function plain(w, key) {
	if (!w)
		return 'no such write';
	const v = value(w, key);
	return v === null ? HOW[how(w, F[key])] : formatted(D.fields[F[key]], v);
}

// The same to be shown: what is inferred and what is no value is told apart by more than colour.
export function fact(w, key) {
	if (!w)
		return el('span', {class: 'nr'}, 'no such write');
	const field = D.fields[F[key]], h = how(w, F[key]), v = value(w, key);
	if (v === null)
		return el('span', {class: h === 'u' ? 'unk' : 'nr', title: WHY[h]}, HOW[h]);
	const shown = el(isWord(field) ? 'bdi' : 'span', {class: field.kind === 'errno' && v < 0 ? 'err' : null}, formatted(field, v));
	return h === 'i' ? el('span', {title: WHY.i}, el('span', {class: 'inf'}, '≈\u2009'), shown) : shown;
}
