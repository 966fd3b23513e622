// SPDX-License-Identifier: GPL-2.0-only
// Numbers for people.

const THIN = '\u2009';

export function number(n) {
	return typeof n === 'number' ? n.toLocaleString('en-US').replace(/,/g, THIN) : String(n);
}

export function counted(n, noun) {
	return `${number(n)} ${noun}${n === 1 ? '' : 's'}`;
}

export function time(ns) {
	for (const [per, unit] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'us']]) {
		if (ns >= per) {
			const n = ns / per;
			return n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0) + ' ' + unit;
		}
	}
	return Math.round(ns) + ' ns';
}

// A tick of an axis: without the zeroes of time().
export function shortTime(ns) {
	return time(ns).replace(/\.0+ /, ' ').replace(/(\.\d*?)0+ /, '$1 ');
}

export function bytes(n) {
	let unit = 0;
	for (; n >= 1024 && unit < 4; unit++)
		n /= 1024;
	return (unit && n < 10 ? n.toFixed(1) : Math.round(n)) + ' ' + ['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit];
}

export function percent(part, of) {
	return (100 * part / of).toFixed(1) + THIN + '%';
}

export function mask(value, names) {
	const words = [];
	for (let bit = 0; bit < 32; bit++) {
		if (Math.floor(value / 2 ** bit) % 2)
			words.push(names[bit] || 'bit' + bit);
	}
	return words.join(', ') || 'none';
}

// Of a list that is sorted: nearest rank, as the totals have it.
export function quantile(sorted, q) {
	return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)];
}
