// SPDX-License-Identifier: GPL-2.0-only
// Put into a copy of a page of two runs by tests/browser/020-drive, after driver.js: what such a page has besides.
drive('driven-two', [async function ({ok, equal, one, all, type, press, click, drag, back, shown, cells, headers, countText, settle}) {
	const total = shown(), runs = () => [...new Set(cells('run'))].sort().join('');
	equal(runs(), 'AB', 'the kept writes are of both');
	await type('run:a');
	const ofA = shown();
	equal(runs(), 'A', 'a filter leaves one run');
	equal(one('#run').value, 'a', 'and the choice beside it says so');
	await type('run:b');
	equal(shown(), total - ofA, 'or the other');
	ok(location.hash.includes('f=run%3Ab'), 'the address has the run', location.hash);
	await type('run:a,b');
	equal(shown(), total, 'or both by name');
	await type('');
	one('#run').value = 'b';
	one('#run').dispatchEvent(new Event('change'));
	await settle();
	equal(one('#filter').value, 'run:b', 'the choice is a filter');
	await type('');
	await click(one('table.writes thead [data-key="run"]'));
	ok(location.hash.includes('s=run'), 'the table is sorted by run', location.hash);
	equal(cells('run')[0], 'A', 'A first');
	await click(one('table.writes thead [data-key="latency"]'));

	// a number of the totals leads to as many writes of its run
	for (const run of [0, 1]) {
		const link = all('.cards a[href^="#f=run"]').filter((a) => a.getAttribute('href').includes(run ? 'run%3AB' : 'run%3AA'))[0];
		const wanted = Number(link.textContent);
		link.click();
		await new Promise((done) => setTimeout(done, 300));
		equal(shown(), wanted, `a count of ${run ? 'B' : 'A'} leads to its writes`);
		equal(runs(), run ? 'B' : 'A', 'and to no others');
	}
	await back();
	const change = one('.changes a[href^="#f=run"]');
	change.click();
	await new Promise((done) => setTimeout(done, 300));
	equal(shown(), Number(change.parentNode.querySelector('small').textContent), 'a decision that changed leads to its writes');
	await type('');

	// ids of the two are alike
	await type('run:b');
	await click(one('table.writes tbody a'));
	ok(/w=b\d+/.test(location.hash), 'the address has the write and its run', location.hash);
	ok(one('#one h3').textContent.endsWith(' of B'), 'which is the one that is open', one('#one h3').textContent);
	await type('');
	await press('Escape', document.body);

	equal(all('svg.timeline .heat').length, 2, 'the timeline has a map of each');
	equal(all('svg.timeline .rate').length, 4, 'and the rates of both on one scale');
	await drag(one('.brush .overlay'), 0.1, 0.5);
	ok(shown() > 0 && shown() < total && runs() === 'AB', 'a span that is brushed filters both', countText());
	ok(all('.selection p').length >= 2, 'and each is told by itself', one('.selection').textContent);
	await back();
	equal(all('svg.extents .plot').length, 2, 'a file has the offsets of both');
	ok(all('.hist .of-b').length > 0, 'histograms are laid over each other', 'none');
	equal(all('tbody.both tr.more').length, all('tbody.both').length, 'a row for the difference of each pair');
	ok(headers().includes('run'), 'the table says which run', headers().join());
}]);
