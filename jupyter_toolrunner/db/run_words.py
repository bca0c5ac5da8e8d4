"""Which runs may have a word in their texts, found without reading them.

A text is known by each three signs in a row that are in it, its grams. Of each gram and each span of so many numbers there
is a bitmap with a bit for each run that has it. The runs that have all grams of a word may have the word; whoever asks looks
at the run itself then. So no bit need ever be taken back, and a run that nothing is known of counts as one that may have it:
those above `run_index.said`, which are few, and those that changed and were not taken in.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, bindparam, delete, func, select, text, update

from ..core.history import said
from .dialect import AMONG, given_of, is_among
from .prepared import Prepared, within
from .tables import run_changes, run_index, run_words, runs

#: Runs that are taken in together: as many are read for a search because they were not.
CHUNK = 128
#: Numbers of one bitmap.
SPAN = 1 << 14
_GRAM = 3
#: Grams of a question that are looked up: what they let through is looked at anyway.
_MOST_GRAMS = 12
#: Spans that are read at once, at first and then: most questions end in the newest.
_FIRST_SPANS, _MORE_SPANS = 3, 100
#: Bitmaps with more bits than this are kept as they are, others packed.
_DENSE = SPAN // 8
_BYTES = SPAN // 8
_READ = (runs.c.number, runs.c.tool, runs.c.params, runs.c.note)
_KEEP = text(
    "INSERT INTO run_words (gram, span, bits) VALUES (:gram, :span, :bits) "
    "ON CONFLICT (gram, span) DO UPDATE SET bits = excluded.bits"
)
#: Each is asked for by itself: of both together SQLite would read all runs.
_ENDS = Prepared(
    select(
        select(func.coalesce(func.min(runs.c.number), 1)).scalar_subquery().label("first"),
        select(func.coalesce(func.max(runs.c.number), 0)).scalar_subquery().label("last"),
        run_index.c.said,
    ).where(run_index.c.id == 1),
    [Column("first", BigInteger), Column("last", BigInteger), run_index.c.said],
)
_CHANGED = Prepared(select(run_changes.c.number), [run_changes.c.number])
_KEPT = {
    dialect: Prepared(
        select(*run_words.c).where(
            text(among.format("run_words.gram", "given", "BIGINT")),
            run_words.c.span.between(bindparam("low"), bindparam("high")),
        ),
        run_words.c,
    )
    for dialect, among in AMONG.items()
}


# -- taking runs in ---------------------------------------------------------------------------------------------------------


def refresh(connection: Connection, numbers: Sequence[int]) -> None:
    """What these runs say now, where they were taken in before."""
    up_to = _said(connection)
    if before := [number for number in numbers if number <= up_to]:
        _take(connection, before)
        _forget(connection, before)


def fill(connection: Connection, chunk: int = CHUNK) -> int:
    """Take in the next ones, if there are so many; how many."""
    query = (
        select(runs.c.number).where(runs.c.number > _said(connection)).order_by(runs.c.number).limit(chunk)
    )
    numbers = list(connection.execute(query).scalars())
    if len(numbers) < chunk:
        return 0
    _take(connection, numbers)
    connection.execute(update(run_index).where(run_index.c.id == 1).values(said=numbers[-1]))
    return len(numbers)


def _said(connection: Connection) -> int:
    return int(connection.execute(select(run_index.c.said).where(run_index.c.id == 1)).scalar_one())


def _take(connection: Connection, numbers: Sequence[int]) -> None:
    found: dict[int, dict[str, int]] = {}
    for run in connection.execute(select(*_READ).where(is_among(connection, runs.c.number, numbers))):
        span, place = divmod(run.number, SPAN)
        of_span, bit = found.setdefault(span, {}), 1 << place
        for gram in _grams(said(run.tool, json.loads(run.params), run.note)):
            of_span[gram] = of_span.get(gram, 0) | bit
    for span, of_span in found.items():
        _add(connection, span, _by_key(of_span))


def _by_key(bits: Mapping[str, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for gram, of_gram in bits.items():
        key = _key(gram)
        found[key] = found.get(key, 0) | of_gram
    return found


def _add(connection: Connection, span: int, bits: Mapping[int, int]) -> None:
    query = select(run_words.c.gram, run_words.c.bits).where(
        is_among(connection, run_words.c.gram, bits), run_words.c.span == span
    )
    before = {row.gram: unpacked(row.bits) for row in connection.execute(query)}
    rows = [
        {"gram": gram, "span": span, "bits": packed(now)}
        for gram, of_gram in sorted(bits.items())
        if (now := before.get(gram, 0) | of_gram) != before.get(gram)
    ]
    if rows:
        connection.execute(_KEEP, rows)


def _forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Spans of which all runs are gone, once the last one of them went."""
    ends = [number for number in numbers if (number + 1) % SPAN == 0]
    if (
        ends
        and not connection.execute(select(runs.c.number).where(is_among(connection, runs.c.number, ends)))
        .scalars()
        .all()
    ):
        first = connection.execute(select(func.min(runs.c.number))).scalar()
        if first is not None:
            connection.execute(delete(run_words).where(run_words.c.span < first // SPAN))


def _grams(said: str) -> set[str]:
    return {said[place : place + _GRAM] for place in range(len(said) - _GRAM + 1)}


def _key(gram: str) -> int:
    """A text may have signs that no database keeps as text."""
    return zlib.crc32(gram.encode("utf-8", "surrogatepass"))


def packed(bits: int) -> bytes:
    plain = bits.to_bytes(_BYTES, "little")
    if bits.bit_count() > _DENSE:
        return plain
    packer = zlib.compressobj(1, zlib.DEFLATED, -9, 1)
    return packer.compress(plain) + packer.flush()


def unpacked(kept: bytes) -> int:
    # Packed ones are shorter: fewer bits are set.
    plain = kept if len(kept) == _BYTES else zlib.decompress(kept, -zlib.MAX_WBITS, _BYTES)
    return int.from_bytes(plain, "little")


# -- looking runs up --------------------------------------------------------------------------------------------------------


class MayBe:
    """The runs that may have all of these words. Whoever asks does so in one snapshot."""

    def __init__(self, connection: Connection, words: Sequence[str]) -> None:
        self._connection = connection
        self._keys = _keys(words)
        self._unknown: dict[int, int] = {}
        self._bits: dict[int, int] = {}
        self.first, self.last, self._said = within(connection).one(_ENDS, {})
        if self._keys:
            self._note_unknown()

    @property
    def is_any(self) -> bool:
        """Whether the words are too short to tell."""
        return not self._keys

    def has(self, number: int) -> bool:
        if not self._keys:
            return True
        span, place = divmod(number, SPAN)
        if span not in self._bits:
            self._read(span, span)
        return bool(self._bits[span] >> place & 1)

    def count(self, most: int) -> int:
        """How many, or some number above that one."""
        found = 0
        for span in self._spans(descending=True, whole=True):
            found += self._bits[span].bit_count()
            if found > most:
                break
        return found

    def numbers(self, *, descending: bool, behind: int | None = None) -> Iterator[int]:
        """In their order, those behind that one."""
        for span in self._spans(descending=descending, behind=behind):
            bits, first = self._bits[span], span * SPAN
            if behind is not None and span == behind // SPAN:
                place = behind % SPAN
                bits = bits & ((1 << place) - 1) if descending else bits >> (place + 1) << (place + 1)
            while bits:
                place = bits.bit_length() - 1 if descending else (bits & -bits).bit_length() - 1
                bits ^= 1 << place
                yield first + place

    def _spans(self, *, descending: bool, behind: int | None = None, whole: bool = False) -> Iterator[int]:
        """Each that has bits read."""
        low, high = self.first // SPAN, self.last // SPAN
        if behind is not None and descending:
            high = min(high, behind // SPAN)
        elif behind is not None:
            low = max(low, behind // SPAN)
        many = _MORE_SPANS if whole else _FIRST_SPANS
        while low <= high:
            some = (max(low, high - many + 1), high) if descending else (low, min(high, low + many - 1))
            self._read(*some)
            yield from range(some[1], some[0] - 1, -1) if descending else range(some[0], some[1] + 1)
            low, high = (low, some[0] - 1) if descending else (some[1] + 1, high)
            many = _MORE_SPANS

    def _read(self, low: int, high: int) -> None:
        if all(span in self._bits for span in range(low, high + 1)):
            return
        given = {"given": given_of(self._connection.dialect.name, self._keys), "low": low, "high": high}
        kept: dict[int, list[bytes]] = {}
        for row in within(self._connection).all(_KEPT[self._connection.dialect.name], given):
            kept.setdefault(row.span, []).append(row.bits)
        for span in range(low, high + 1):
            self._bits[span] = self._unknown.get(span, 0) | self._all_of(kept.get(span, ()))

    def _all_of(self, kept: Sequence[bytes]) -> int:
        if len(kept) < len(self._keys):
            return 0
        found = -1
        # Those with few bits are short, and often leave none.
        for each in sorted(kept, key=len):
            found &= unpacked(each)
            if not found:
                break
        return found

    def _note_unknown(self) -> None:
        number = max(self._said + 1, self.first)
        while number <= self.last:
            span, place = divmod(number, SPAN)
            end = min(self.last, (span + 1) * SPAN - 1)
            self._unknown[span] = ((1 << (end - number + 1)) - 1) << place
            number = end + 1
        for changed in within(self._connection).all(_CHANGED, {}):
            span, place = divmod(changed.number, SPAN)
            self._unknown[span] = self._unknown.get(span, 0) | 1 << place


def _keys(words: Sequence[str]) -> list[int]:
    """Of all words' grams so many as are looked up: some of each part."""
    keys = list(
        dict.fromkeys(
            _key(word[place : place + _GRAM]) for word in words for place in range(len(word) - _GRAM + 1)
        )
    )
    step = max(1, -(-len(keys) // _MOST_GRAMS))
    return keys[::step]
