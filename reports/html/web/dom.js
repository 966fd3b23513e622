// SPDX-License-Identifier: GPL-2.0-only
// Nodes. Everything shown is set as text, never as markup: names are any bytes.

function fill(node, attributes, children) {
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith('on'))
			node.addEventListener(key.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			node.setAttribute(key, value === true ? '' : value);
	}
	node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return node;
}

export function el(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
	return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

export function byId(id) {
	return document.getElementById(id);
}

// What is drawn anew when its place is wider or narrower; not at once: that may make it so again.
export function onResize(node, redraw) {
	new ResizeObserver(() => requestAnimationFrame(redraw)).observe(node);
}

// A button of a tool bar.
export function button(text, onclick, attributes) {
	return el('button', {type: 'button', onclick, ...attributes}, text);
}
