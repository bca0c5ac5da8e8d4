# Completion of `jupyter toolrunner …` and `jupyter-toolrunner …` in bash 4.4 or later, by the protocol of argcomplete.

_jupyter_toolrunner() {
    local program=$1 first=1
    if [[ ${program##*/} == jupyter ]]; then
        program=${program%jupyter}jupyter-toolrunner first=2
    fi
    [[ $program == "~/"* ]] && program=$HOME/${program:2}
    mapfile -d $'\v' -t COMPREPLY < <(
        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT COMP_TYPE=${COMP_TYPE-} \
            _ARGCOMPLETE=$first _ARGCOMPLETE_SHELL=bash _ARGCOMPLETE_IFS=$'\v' _ARGCOMPLETE_SUPPRESS_SPACE=1 \
            _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS \
            command "$program" 8>&1 9>/dev/null >/dev/null 2>/dev/null </dev/null
    )
    # What goes on after it is typed at once.
    [[ ${COMPREPLY[0]-} == *[=/] ]] && compopt -o nospace 2>/dev/null
    return 0
}

# `jupyter` has other commands too: they are completed as they were before.
_jupyter_toolrunner_among_others() {
    if [[ ${COMP_WORDS[1]-} == toolrunner ]] && ((COMP_CWORD > 1)); then
        _jupyter_toolrunner "$@"
    elif [[ -n ${_jupyter_toolrunner_before-} ]]; then
        "$_jupyter_toolrunner_before" "$@"
    elif ((COMP_CWORD == 1)); then
        local command
        COMPREPLY=()
        while IFS= read -r command; do
            COMPREPLY+=("${command#jupyter-}")
        done < <(compgen -c -- "jupyter-${COMP_WORDS[1]-}" | sort -u)
    else
        compopt -o default 2>/dev/null
    fi
}

if [[ $(complete -p jupyter 2>/dev/null) =~ \ -F\ ([^\ ]+) && ${BASH_REMATCH[1]} != _jupyter_toolrunner* ]]; then
    _jupyter_toolrunner_before=${BASH_REMATCH[1]}
fi
complete -o nosort -F _jupyter_toolrunner jupyter-toolrunner
complete -o nosort -F _jupyter_toolrunner_among_others jupyter
