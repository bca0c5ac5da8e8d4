# Completion of `jupyter toolrunner …` and `jupyter-toolrunner …` in zsh, by the protocol of argcomplete.

_jupyter_toolrunner() {
    local program=${(Q)words[1]} first=1
    if [[ ${program:t} == jupyter ]]; then
        program=${program%jupyter}jupyter-toolrunner first=2
    fi
    [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}

    # The words of this command alone up to the cursor, quoted anew: in a way that argcomplete reads.
    local -a typed=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
    local line="${(j: :)${(@qq)typed}}"
    local -a found
    found=("${(@ps:\v:)$(
        COMP_LINE=$line COMP_POINT=${#line} \
            _ARGCOMPLETE=$first _ARGCOMPLETE_SHELL='zsh itself' _ARGCOMPLETE_IFS=$'\v' _ARGCOMPLETE_DFS=$'\t' \
            _ARGCOMPLETE_SUPPRESS_SPACE=1 \
            command $program 8>&1 9>/dev/null >/dev/null 2>/dev/null </dev/null
    )}")
    local kind=${found[1]%%$'\t'*}
    shift found
    case $kind in
    values) _jupyter_toolrunner_values "${found[@]}" ;;
    *files* | *folders)
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        [[ $kind == '='* ]] && compset -P 1 '*='
        if [[ $kind == *folders ]]; then
            _files -/
        elif [[ $kind == *files ]]; then
            _files
        else
            _files -g "${kind#*files }"
        fi
        ;;
    esac
}

# Each as value, tab, and what it means. What goes on after it is typed at once.
_jupyter_toolrunner_values() {
    local -a whole whole_shown open open_shown
    local each value shown text width=0
    for each; do
        value=${(V)each%%$'\t'*}
        ((${#value} > width)) && width=${#value}
    done
    for each; do
        value=${each%%$'\t'*} text=${each#*$'\t'}
        shown=${(V)value}
        [[ -n $text ]] && shown="${(r:width:)shown}  -- ${text[1,COLUMNS-width-6]}"
        if [[ $value == *[=/] ]]; then
            open+=("$value") open_shown+=("$shown")
        else
            whole+=("$value") whole_shown+=("$shown")
        fi
    done
    local -a lines
    [[ "$*" == *$'\t'[^$'\t']* ]] && lines=(-l)
    (($#open)) && compadd -V toolrunner $lines -S '' -d open_shown -- "${open[@]}"
    (($#whole)) && compadd -V toolrunner $lines -d whole_shown -- "${whole[@]}"
}

# `jupyter` has other commands too: they are completed as they were before.
_jupyter_toolrunner_among_others() {
    if [[ ${words[2]} == toolrunner ]] && ((CURRENT > 2)); then
        _jupyter_toolrunner
    elif [[ -n $_jupyter_toolrunner_before ]]; then
        $_jupyter_toolrunner_before "$@"
    elif ((CURRENT == 2)); then
        compadd -- ${${(k)commands[(I)jupyter-*]}#jupyter-}
    else
        _default
    fi
}

(($+functions[compdef])) || { autoload -Uz compinit && compinit -i; }
if [[ -n ${_comps[jupyter]-} && ${_comps[jupyter]} != _jupyter_toolrunner* ]]; then
    typeset -g _jupyter_toolrunner_before=${_comps[jupyter]}
fi
compdef _jupyter_toolrunner jupyter-toolrunner
compdef _jupyter_toolrunner_among_others jupyter
