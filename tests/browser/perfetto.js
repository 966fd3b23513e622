// SPDX-License-Identifier: GPL-2.0-only
// Put beside Chrome's trace viewer by tests/browser/060-perfetto: imports the export, and says in the document what came
// of it, as JSON: complaints, and a row for each slice, with the one that it lies in.
(function () {
'use strict';

function row(slice, process, thread, where, inside) {
	const args = slice.args || {};
	return {
		process: process.name, pid: process.pid, thread: thread.name, tid: thread.tid, where, inside,
		title: slice.title, category: slice.category, begin: Math.round(slice.start * 1e6),
		ns: Math.round(slice.duration * 1e6), ended: !slice.didNotFinish, write: args.write, latency: args.latency,
	};
}

function* asynchronous(slices, process, thread, inside) {
	for (const slice of slices) {
		yield row(slice, process, thread, 'async', inside);
		yield* asynchronous(slice.subSlices || [], process, thread, slice.title);
	}
}

function* ofThread(process, thread) {
	for (const slice of thread.sliceGroup.slices)
		yield row(slice, process, thread, 'thread', slice.parentSlice ? slice.parentSlice.title : null);
	yield* asynchronous(thread.asyncSliceGroup.slices, process, thread, null);
}

function* all(model) {
	for (const process of Object.values(model.processes)) {
		for (const thread of Object.values(process.threads))
			yield* ofThread(process, thread);
	}
}

function read() {
	const model = new tr.Model(), options = new tr.importer.ImportOptions();
	options.shiftWorldToZero = false;
	options.showImportWarnings = false;
	new tr.importer.Import(model, options).importTraces([document.getElementById('export').textContent]);
	return {complaints: model.importWarnings.map((w) => `${w.type}: ${w.message}`), slices: [...all(model)]};
}

let said;
try {
	said = read();
} catch (e) {
	said = {complaints: [String(e)], slices: []};
}
const pre = document.createElement('pre');
pre.id = 'said';
pre.textContent = JSON.stringify(said) + '\n';
document.body.appendChild(pre);
}());
