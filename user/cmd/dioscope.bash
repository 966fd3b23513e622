# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash. Verbs, options and what follows an option are asked of dioscope itself, which has them of the tables
# of its parsers, so that nothing here can be out of date.

_dioscope_verbs() { dioscope --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'; }
_dioscope_options() { dioscope "$1" --help 2>/dev/null | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p'; echo --help; }

# _dioscope_argument VERB OPTION: the name of what OPTION takes, as in "-o, --output FILE"; nothing of a flag
_dioscope_argument() {
	dioscope "$1" --help 2>/dev/null | awk -v o="$2" '
		/^  (-., |    )--/ {
			letter = substr($0, 3, 2); rest = substr($0, 7); split(rest, words, " ")
			if ((words[1] == o || letter == o) && words[2] ~ /^[A-Z|]+$/) print words[2]
		}'
}

# _dioscope_values VERB OPTION: the names that it takes, where it takes one out of a list
_dioscope_values() { dioscope help "$1" "$2" 2>/dev/null | cut -f 1; }

_dioscope() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} values
	COMPREPLY=()
	# bash parts --option=value
	[ "$word" != = ] || word=''
	[ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
	if [ "$COMP_CWORD" = 1 ] || { [ "$verb" = help ] && [ "$COMP_CWORD" = 2 ]; }; then
		mapfile -t COMPREPLY < <(compgen -W "$(_dioscope_verbs) --help --version" -- "$word")
	elif [ "$verb" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_dioscope_options "${COMP_WORDS[2]}")" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_dioscope_options "$verb")" -- "$word")
	elif [[ $before == -* && $(_dioscope_argument "$verb" "$before") == PID ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && printf '%s ' [0-9]*)" -- "$word")
	elif [[ $before == -* ]] && values=$(_dioscope_values "$verb" "$before") && [ -n "$values" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _dioscope dioscope
