// SPDX-License-Identifier: GPL-2.0-only
// Put into a copy of a page behind axe-core, by tests/browser/030-accessible: what it violates of WCAG at levels A and AA,
// a line for each rule and element.
(async function () {
'use strict';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
document.querySelectorAll('details').forEach((node) => { node.open = true; });
await new Promise((done) => setTimeout(done, 200));
let text;
try {
	const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
	text = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.any.concat(n.all, n.none).map((c) => c.message).join('; ')}`)).join('\n') || 'none';
} catch (error) {
	text = 'axe failed: ' + error;
}
document.body.append(Object.assign(document.createElement('pre'), {id: 'axe', textContent: text}));
}());
