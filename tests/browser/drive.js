// SPDX-License-Identifier: GPL-2.0-only
// Put into a copy of a page by tests/browser/020-drive, after driver.js: does what a reader does. The page's own state is
// looked at as a reader sees it: the document and the address.
(function () {
'use strict';

let ok, equal, one, all, settle, countText, shown, headers, cells, type, press, click, drag, back;

function ns(text) {
	const [n, unit] = text.replace(/≈\s*/, '').split(' ');
	return Number(n) * {ns: 1, us: 1e3, ms: 1e6, s: 1e9}[unit];
}

function falls(list) {
	return list.length > 1 && list.every((v, i) => !i || v <= list[i - 1]);
}

async function filters() {
	const total = shown();
	ok(falls(cells('latency').map(ns)), 'the slowest come first', cells('latency').join());
	await type('locked:exclusive');
	const exclusive = shown();
	ok(exclusive > 0 && exclusive < total, 'a filter leaves some', countText());
	ok(cells('locked').every((text) => text.includes('exclusive')), 'and only those', cells('locked').join());
	ok(location.hash.includes('f=locked%3Aexclusive'), 'the address has the filter', location.hash);
	await type('-locked:exclusive');
	equal(shown(), total - exclusive, 'a minus turns it round');
	await type('latency>1ms');
	ok(cells('latency').map(ns).every((t) => t > 1e6), 'times have units', cells('latency').join());
	await type('lock:shared,none');
	const shared = shown();
	await type('lock:shared');
	ok(shown() > 0 && shown() <= shared, 'commas part values', `${shown()} and ${shared}`);
	await type('lock_wait:unknown');
	equal(shown(), total, 'what is not known can be asked for');
	await type('ret:EINVAL');
	ok(shown() > 0 && cells('result').every((text) => text.includes('EINVAL')), 'errors have names', cells('result').join());
	await type('colour:red');
	ok(one('#wrong').textContent.includes("'colour'"), 'what makes no sense is told', one('#wrong').textContent);
	await click(one('.tools button:not(:disabled)'));
	equal(shown(), total, 'clear shows all');
}

async function sorts() {
	await click(one('table.writes thead [data-key="pos"]'));
	const numbers = () => cells('position').map((text) => Number(text.replace(/\D/g, '')));
	ok(falls(numbers()), 'a click on a column sorts by it', numbers().join());
	equal(one('th[aria-sort]').getAttribute('aria-sort'), 'descending', 'and the column says so');
	await click(one('table.writes thead [data-key="pos"]'));
	ok(falls(numbers().reverse()), 'another turns the order round', numbers().join());
	ok(location.hash.includes('s=pos'), 'the address has the order', location.hash);
	await click(one('table.writes thead [data-key="latency"]'));
}

async function links() {
	const link = one('.cards a[href^="#f="]'), wanted = Number(link.closest('tr').querySelector('.num').textContent);
	link.click();
	await new Promise((done) => setTimeout(done, 300));
	equal(shown(), wanted, 'a row of the totals leads to as many writes');
	await back();
	ok(shown() !== wanted, 'and the way back to what was before', countText());
	const file = one('.breakdown a[href^="#f=file"]');
	if (file) {
		file.click();
		await new Promise((done) => setTimeout(done, 300));
		equal(shown(), Number(file.closest('tr').querySelector('.num').textContent), 'a file leads to its writes');
	}
	const reason = one('.breakdown a[href^="#f=why"]');
	if (reason) {
		reason.click();
		await new Promise((done) => setTimeout(done, 300));
		equal(shown(), Number(reason.closest('tr').querySelector('.num').textContent), 'a lock and reason lead to their writes');
	}
	await type('');
}

async function keyboard() {
	const first = one('table.writes tbody a');
	first.focus();
	await press('ArrowDown');
	equal(document.activeElement.dataset.at, '1', 'an arrow goes to the next row');
	await press('End');
	equal(document.activeElement.dataset.at, String(shown() - 1), 'End to the last, which was not in the document');
	await press('Home');
	equal(document.activeElement.dataset.at, '0', 'Home to the first');
	ok(all('table.writes tbody tr.row').length < 120, 'only rows in sight are in the document', all('table.writes tbody tr.row').length);
	await click(document.activeElement);
	const title = one('#one h3').textContent;
	ok(title.startsWith('Write '), 'Enter opens the write', title);
	equal(document.activeElement, one('#one h3'), 'the focus goes there');
	ok(/w=\d+/.test(location.hash), 'the address has the write', location.hash);
	ok(one('#one .walk'), 'with its way, decision by decision', 'none');
	await click(all('#one .onehead button').find((button) => button.textContent === 'next'));
	ok(one('#one h3').textContent !== title, 'next goes on', title);
	await press('Escape', document.body);
	ok(!one('#one h3'), 'Esc closes it', 'still open');
	equal(document.activeElement.dataset.at, '1', 'and the focus is on its row');
	await back();
	ok(one('#one h3'), 'the way back opens it again', 'it does not');
	await press('Escape', document.body);
}

async function brushes() {
	const total = shown();
	await drag(one('.brush .overlay'), 0.2, 0.5);
	ok(shown() > 0 && shown() < total, 'a span that is brushed filters the writes', countText());
	ok(/t%3A[\d.]+\.\.[\d.]+/.test(location.hash), 'the address has the span', location.hash);
	ok(one('.selection .timebar'), 'what is shown is told together', one('.selection').textContent);
	await back();
	equal(shown(), total, 'the way back shows all');
	const choice = one('#when select');
	choice.value = [...choice.options].find((option) => option.value).value;
	choice.dispatchEvent(new Event('change'));
	await settle();
	ok(one('.cell.chosen'), 'the map shows the reason that is chosen', 'nothing chosen');
}

async function rest() {
	one('.columns').open = true;
	await settle();
	const box = all('.choices label').find((label) => label.textContent.trim() === 'inode').querySelector('input');
	box.click();
	await settle();
	ok(headers().includes('inode'), 'a column can be chosen', headers().join());
	const before = getComputedStyle(document.body).backgroundColor;
	await click(one('button.theme'));
	ok(getComputedStyle(document.body).backgroundColor !== before, 'the theme can be chosen', before);
	ok(one('svg.extents rect'), 'a file has its extents', 'none');
}

function take(driver) {
	({ok, equal, one, all, settle, countText, shown, headers, cells, type, press, click, drag, back} = driver);
}

drive('driven', [take, filters, sorts, links, keyboard, brushes, rest]);
}());
