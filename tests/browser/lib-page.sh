# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests that put a script of theirs into a copy of a page and read what it says in the document.

# browse FILE[#HASH] [CHROMIUM'S OPTIONS...]: the document as it is in the end, with nothing that it could ask
browse() {
	local url=$1
	shift
	timeout -k 10 180 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-extensions --user-data-dir="$tmp/profile" \
		--host-resolver-rules='MAP * ~NOTFOUND' --virtual-time-budget=60000 --window-size=1280,1000 "$@" --dump-dom "file://$url" \
		2>>"$tmp/browser.log"
}

# with_script PAGE COPY SCRIPT...: the page's own policy holds for them, too
with_script() {
	local page=$1 copy=$2
	shift 2
	{
		sed '$d' "$page" | sed '$d' # </body> and </html>
		for script; do
			echo '<script>'
			cat "$script"
			echo '</script>'
		done
		printf '</body>\n</html>\n'
	} >"$copy"
}

# said ID: the text of that element of the document on stdin
said() {
	sed -n "/<pre id=\"$1\">/,/<\/pre>/p" | sed "s/.*<pre id=\"$1\">//; s/<\/pre>.*//; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g"
}
