"""Programs that are described by a file beside them: how their words are made of params, and what else a run gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import InvalidParams, Problem
from .words import MAX_WORDS, short, text_of, too_long, unprintable

Json = Any
_OPTION = (
    "has {}, which the program could take for an option, since it begins with a dash; write ./ before the name of a "
    "file, or have the tool's description allow it (dash: true)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A part of the command: words as they are, or what a param gives."""

    #: A word as it is; None where a param gives it.
    literal: str | None = None
    param: str = ""
    #: A word before the value; before each item of a list with ``repeat``. For a boolean the word where it is true.
    flag: str = ""
    #: The word where a boolean is false.
    off: str = ""
    #: Text in front of the value, in the same word.
    prefix: str = ""
    repeat: bool = False
    #: What stands between the items of a list that becomes one word.
    join: str | None = None
    #: Whether a text that begins with a dash may be a word of its own, which a program can take for an option.
    dash: bool = False
    #: Parts that are there only where all their params have a value.
    optional: tuple[Word, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Word:
        return cls(**{**data, "optional": tuple(map(cls.from_json, data["optional"]))})

    def params(self) -> Iterator[str]:
        if self.param:
            yield self.param
        for each in self.optional:
            yield from each.params()

    def words(self, params: Mapping[str, Json]) -> list[str]:
        """None of them where the param has no value."""
        if self.literal is not None:
            return [self.literal]
        if self.optional:
            return [word for each in self.present(params) for word in each.words(params)]
        value = params.get(self.param)
        if isinstance(value, bool) and (self.flag or self.off):
            return [word for word in (self.flag if value else self.off,) if word]
        if not _is_given(value):
            return []
        return self._valued(value)

    def present(self, params: Mapping[str, Json]) -> tuple[Word, ...]:
        """The parts in their order: of optional ones those that are there."""
        if not self.optional:
            return (self,)
        if not all(_is_given(params.get(name)) for name in self.params()):
            return ()
        return tuple(part for each in self.optional for part in each.present(params))

    def options(self, params: Mapping[str, Json]) -> list[str]:
        """Texts that become words of their own and begin as an option does."""
        value = params.get(self.param)
        if self.dash or self.prefix or not self.param:
            return []
        if not isinstance(value, list):
            loose = [] if self.flag else [value]
        elif self.join is not None:
            loose = [] if self.flag else value[:1]
        elif self.flag:
            # The flag takes the first item, or each of them.
            loose = [] if self.repeat else value[1:]
        else:
            loose = value
        return [each for each in loose if isinstance(each, str) and each.startswith("-")]

    def _valued(self, value: Json) -> list[str]:
        if not isinstance(value, list):
            return [*self._flags(), self.prefix + text_of(value)]
        texts = [text_of(each) for each in value]
        if self.join is not None:
            return [*self._flags(), self.prefix + self.join.join(texts)]
        if self.repeat:
            return [word for text in texts for word in (*self._flags(), self.prefix + text)]
        return [*self._flags(), *(self.prefix + text for text in texts)]

    def _flags(self) -> list[str]:
        return [self.flag] if self.flag else []


def _is_given(value: Json) -> bool:
    """An empty text is a value; a flag that is off, an empty list and nothing are none."""
    return value is not None and value is not False and value != []


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramLine:
    """The words behind the program's own name."""

    words: tuple[Word, ...] = ()
    #: Whether they are handed to a new program, which takes less than a Python that is there already.
    limited: bool = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProgramLine:
        return cls(words=tuple(map(Word.from_json, data["words"])), limited=data["limited"])

    def problems(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that cannot be carried, each with its field."""
        problems: list[Problem] = []
        for each in self.words:
            words = each.words(params)
            name = next(each.params(), "")
            problems += unprintable(name, words) or (too_long(name, words) if self.limited else [])
        problems += self._options(params)
        if not problems and self.limited:
            size = sum(len(word.encode()) + 9 for word in self._all(params))
            if size > MAX_WORDS:
                largest = max(self.words, key=lambda each: sum(map(len, each.words(params))))
                most = f"a program takes about {MAX_WORDS:,} at most"
                problems = [
                    Problem(next(largest.params(), ""), f"makes the command {size:,} bytes long; {most}")
                ]
        return list({(each.field, each.message): each for each in problems}.values())

    def _options(self, params: Mapping[str, Any]) -> list[Problem]:
        """Values that the program could take for its options: those that stand alone before a ``--``."""
        problems = []
        for each in (part for word in self.words for part in word.present(params)):
            if each.literal == "--":
                break
            if found := each.options(params):
                problems.append(Problem(each.param, _OPTION.format(short(found[0]))))
        return problems

    def argv(self, params: Mapping[str, Any]) -> list[str]:
        """Raises InvalidParams where a value cannot be carried."""
        if problems := self.problems(params):
            raise InvalidParams(problems)
        return self._all(params)

    def _all(self, params: Mapping[str, Any]) -> list[str]:
        return [word for each in self.words for word in each.words(params)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a run gives a program beside its words, and what it takes from it."""

    #: Absolute path of the program.
    path: str
    #: What its standard input is: the text of a param or of the file itself; None for nothing.
    stdin: Word | None = None
    #: Whether the param of ``stdin`` names a file whose content is meant.
    stdin_is_file: bool = False
    #: File that keeps its standard output, which is not part of the log then.
    stdout: str = ""
    env: Mapping[str, Word] = field(default_factory=dict)
    #: Patterns of the files that are kept; each must be there after a success. All are kept where there is none.
    outputs: tuple[str, ...] = ()
    #: Exit codes that mean success.
    exit_codes: tuple[int, ...] = (0,)
    #: A regular expression with the groups ``done``, ``total``, ``percent``, ``text`` for lines that tell progress.
    progress: str = ""

    def problems(self, params: Mapping[str, Json]) -> list[Problem]:
        """Values that cannot be carried, each with its field."""
        problems: list[Problem] = []
        for variable, each in self.env.items():
            words, name = [f"{variable}={word}" for word in each.words(params)], next(each.params(), "")
            problems += unprintable(name, words) or too_long(name, words)
        if self.stdin is not None:
            # Standard input carries every sign that is one.
            words = [word.replace("\0", "") for word in self.stdin.words(params)]
            problems += unprintable(next(self.stdin.params(), ""), words)
        return problems

    def start(self, params: Mapping[str, Json]) -> dict[str, Any]:
        """What the process is told beside its words."""
        given = self.stdin.words(params) if self.stdin is not None else []
        env = {name: "".join(words) for name, each in self.env.items() if (words := each.words(params))}
        return {
            "path": self.path,
            "env": env,
            "stdin": {"file" if self.stdin_is_file else "text": "\n".join(given)} if given else None,
            "stdout": self.stdout or None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Program:
        return cls(
            **{
                **data,
                "stdin": Word.from_json(data["stdin"]) if data["stdin"] else None,
                "env": {name: Word.from_json(each) for name, each in data["env"].items()},
                "outputs": tuple(data["outputs"]),
                "exit_codes": tuple(data["exit_codes"]),
            }
        )
