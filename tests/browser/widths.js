// SPDX-License-Identifier: GPL-2.0-only
// Put into a copy of a page by tests/browser/040-widths: which elements stick out of the page on the right, where
// nothing around them scrolls.
(async function () {
'use strict';

await new Promise((done) => setTimeout(done, 300));
const width = document.documentElement.clientWidth, print = document.documentElement.dataset.print;
const scrolls = (node) => node && (!print && ['auto', 'hidden', 'scroll'].includes(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
const out = [...document.body.querySelectorAll('*')].filter((node) => !node.closest('.skip') && !node.ownerSVGElement && node.getBoundingClientRect().right > width + 1 && !scrolls(node.parentElement));
const text = out.slice(0, 10).map((node) => `${node.tagName}.${node.className} at ${Math.round(node.getBoundingClientRect().right)} of ${width}`).join('\n') || 'none';
document.body.append(Object.assign(document.createElement('pre'), {id: 'widths', textContent: text}));
}());
