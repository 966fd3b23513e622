// SPDX-License-Identifier: GPL-2.0-only
// Light, dark, or as the system has it. The page is told apart by what a reader asked for last, where it may be kept.

import {button} from './dom.js';

const KEY = 'dioscope-theme';

function kept() {
	try {
		return localStorage.getItem(KEY);
	} catch (error) {
		return null;
	}
}

function keep(theme) {
	try {
		localStorage.setItem(KEY, theme);
	} catch (error) {
		// a page from file:// in a closed browser may have no storage
	}
}

function isDark() {
	const asked = document.documentElement.dataset.theme;
	return asked ? asked === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

export function startTheme(place) {
	const toggle = button('', () => {
		document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
		keep(document.documentElement.dataset.theme);
		show();
	}, {class: 'theme'});
	function show() {
		toggle.textContent = isDark() ? 'light theme' : 'dark theme';
	}
	if (kept())
		document.documentElement.dataset.theme = kept();
	show();
	place.append(toggle);
}
