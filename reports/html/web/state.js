// SPDX-License-Identifier: GPL-2.0-only
// What is shown, which is all in the address behind #: f filter, s sort, c columns, g reason of the timeline, w the
// write that is open. Links of the page set what they name; sort, columns and reason stay where a link does not.

const STICKY = ['s', 'c', 'g', 'e'];
const listeners = [];
export const state = {f: '', s: '', c: '', g: '', e: '', w: ''};

function toHash() {
	return '#' + Object.entries(state).filter(([, v]) => v !== '')
		.map(([key, v]) => key + '=' + encodeURIComponent(v).replace(/%20/g, '+')).join('&');
}

function decode(text) {
	try {
		return decodeURIComponent(text.replace(/\+/g, '%20'));
	} catch (error) {
		return '';
	}
}

// null: the hash is the id of a section.
function fromHash(hash) {
	if (!hash.includes('='))
		return null;
	const given = {};
	for (const part of hash.slice(1).split('&')) {
		const at = part.indexOf('=');
		given[part.slice(0, at)] = decode(part.slice(at + 1));
	}
	return given;
}

function tell(what) {
	listeners.forEach((listener) => listener(what));
}

// what: what it was that changed; link: it was a link that was followed, or the way back.
export function onState(listener) {
	listeners.push(listener);
}

export function setState(change, how) {
	Object.assign(state, change);
	history[how === 'replace' ? 'replaceState' : 'pushState'](null, '', toHash() === '#' ? '#all' : toHash());
	tell({...change});
}

function follow() {
	const given = fromHash(location.hash);
	if (!given && location.hash !== '#all' && location.hash !== '')
		return;
	for (const key of Object.keys(state)) {
		if (given && key in given)
			state[key] = given[key];
		else if (!STICKY.includes(key))
			state[key] = '';
	}
	tell({link: given ? Object.keys(given) : []});
}

export function startState() {
	// a link to where one already is does not change the hash, but is followed again
	document.addEventListener('click', (event) => {
		const link = event.target.closest('a[href^="#"]');
		if (link && link.getAttribute('href') === location.hash)
			follow();
	});
	window.addEventListener('popstate', follow);
	if (fromHash(location.hash))
		follow();
	else
		tell({link: []}); // a page that is opened at a section has all, too
}
