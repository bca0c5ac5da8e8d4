#!/bin/bash
# Counts the words of a text: top_words.sh COUNT [--min LENGTH] [--upper] [--stop WORD]... -- FILE
set -eu
count=$1; shift
min=1 upper=cat stop=()
while [ "$1" != -- ]; do
    case $1 in
        --min) min=$2; shift 2 ;;
        --upper) upper="tr a-z A-Z"; shift ;;
        --stop) stop+=(-e "$2"); shift 2 ;;
        *) echo "Error: unknown option $1" >&2; exit 2 ;;
    esac
done
shift
lines=$(wc -l < "$1")
echo "[0/2] counting $lines lines"
tr -cs '[:alnum:]' '\n' < "$1" | awk -v min="$min" 'length($0) >= min' > words.tmp
if [ ${#stop[@]} -gt 0 ]; then grep -vixF "${stop[@]}" words.tmp > kept.tmp || true; mv kept.tmp words.tmp; fi
$upper < words.tmp | sort | uniq -c | sort -k1,1nr -k2 | head -n "$count" | awk '{print $2 "\t" $1}' > words.tsv
rm words.tmp
echo '{"progress": {"done": 2, "total": 2, "text": "counted"}}' >&"${TOOLRUNNER_CONTROL%%:*}"
printf '\033[32m%s words\033[0m in %s\n' "$(wc -l < words.tsv)" "${GREETING:-none}"
