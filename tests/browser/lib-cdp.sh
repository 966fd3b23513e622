# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A browser that is spoken to: its clock is the real one, and what it shows can be had for print, too. One page at a
# time. Needs jq; $tmp is there. What is answered is in $reply.

# cdp_start: a browser without a page
cdp_start() {
	cdp_nr=0 cdp_session='' cdp_target='' reply=''
	mkfifo "$tmp/cdp.in" "$tmp/cdp.out"
	# held open for both ways: neither side waits for the other to open its end
	exec {cdp_in}<>"$tmp/cdp.in" {cdp_out}<>"$tmp/cdp.out"
	timeout -k 10 600 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-extensions --hide-scrollbars --user-data-dir="$tmp/cdp.profile" \
		--host-resolver-rules='MAP * ~NOTFOUND' --remote-debugging-pipe 3<"$tmp/cdp.in" 4>"$tmp/cdp.out" 2>>"$tmp/browser.log" &
	cdp_pid=$!
}

cdp_drop() {
	exec {cdp_in}>&- {cdp_out}>&-
	rm -rf "$tmp/cdp.profile" "$tmp/cdp.in" "$tmp/cdp.out"
}

cdp_stop() {
	cdp_session=''
	cdp Browser.close '{}'
	wait "$cdp_pid" 2>/dev/null
	cdp_drop
}

# cdp METHOD PARAMETERS: $reply is its result, as JSON; status 1 when there is none within two minutes
cdp() {
	cdp_nr=$((cdp_nr + 1)) reply=''
	printf '%s\0' "{\"id\":$cdp_nr,\"method\":\"$1\",\"params\":$2${cdp_session:+,\"sessionId\":\"$cdp_session\"}}" >&"$cdp_in"
	while IFS= read -t 120 -r -d '' reply <&"$cdp_out"; do
		case $reply in
		"{\"id\":$cdp_nr,\"result\""*) return 0 ;;
		"{\"id\":$cdp_nr,"*) echo "# $1: $reply"; return 1 ;;
		esac
	done
	return 1
}

# cdp_restart: where a page, or the browser, went away by itself: that says nothing of the next page
cdp_restart() {
	echo "# the browser does not answer, or a page of it is gone: another one"
	kill "$cdp_pid" 2>/dev/null
	wait "$cdp_pid" 2>/dev/null
	cdp_drop
	cdp_start
}

# cdp_page WIDTH HEIGHT: an empty page of that size, instead of the one that there was
cdp_page() {
	cdp_session=''
	[ -z "$cdp_target" ] || cdp Target.closeTarget "{\"targetId\":$cdp_target}" || cdp_restart
	cdp Target.createTarget "{\"url\":\"about:blank\"}" || return
	cdp_target=$(jq .result.targetId <<<"$reply")
	cdp Target.attachToTarget "{\"targetId\":$cdp_target,\"flatten\":true}" || return
	cdp_session=$(jq -r .result.sessionId <<<"$reply")
	cdp Emulation.setDeviceMetricsOverride "{\"width\":$1,\"height\":$2,\"deviceScaleFactor\":1,\"mobile\":false}"
}

# cdp_eval EXPRESSION: $reply is its value, once it is settled
cdp_eval() {
	cdp Runtime.evaluate "$(jq -n --arg e "$1" '{expression: $e, awaitPromise: true, returnByValue: true}')" || return
	reply=$(jq -r '.result | if .exceptionDetails then .exceptionDetails.exception.description else .result.value end' <<<"$reply")
}

# cdp_open FILE[#HASH]: until its charts are drawn and the browser has shown them; $reply: after how many ms
cdp_open() {
	cdp Page.navigate "$(jq -n --arg u "file://$1" '{url: $u}')" && cdp_eval "(async () => {
		const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		while (document.readyState !== 'complete' || ['when', 'file'].some((id) => document.querySelector('#' + id + ' .chart:empty')))
			await frame();
		await frame();
		return performance.now();
	})()"
}

# cdp_media MEDIA light|dark: as which it is shown
cdp_media() {
	cdp Emulation.setEmulatedMedia "{\"media\":\"$1\",\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"$2\"}]}"
}

# cdp_shot FILE: what is in sight, as PNG
cdp_shot() {
	cdp Page.captureScreenshot '{"format":"png"}' && jq -r .result.data <<<"$reply" | base64 -d >"$1"
}
