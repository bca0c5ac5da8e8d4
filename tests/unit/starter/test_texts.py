"""The tools for texts, on what packages bring and on Russian pages of our own."""

from __future__ import annotations

import json
import math
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from jupyter_toolrunner.starter import (
    make_glossary,
    search_folder,
    table_of_contents,
    tag_cloud,
    text_statistics,
)
from jupyter_toolrunner.starter.anchors import Anchors
from jupyter_toolrunner.starter.encodings import guessed
from jupyter_toolrunner.starter.folders import File, FolderError
from jupyter_toolrunner.starter.pages import read_page
from jupyter_toolrunner.starter.text.readability import count, scores, syllables_english, syllables_russian
from jupyter_toolrunner.starter.words import sentences_of, stem, stop_words, words_of

from .data import about, json_of, package, rows_of, write

RUSSIAN = Path(__file__).parents[2] / "corpus" / "texts"


def page(folder: Path, name: str, text: str) -> Any:
    path = write(folder / name, text)
    return read_page(File(path, name, path.stat().st_size, 0))


class TestPages:
    def test_code_and_marks_are_not_read(self, tmp_path: Path) -> None:
        text = "---\ntitle: X\n---\n# A *b* `c`\n\nOne **two**\nthree ![pic](p.png).\n\n```\nsecret\n```\n\n<b>html</b>\n"
        read = page(tmp_path, "a.md", text)
        assert read.text == "A b c\n\nOne two three pic.\n\nhtml"
        assert (read.title, read.code) == ("X", "secret\n")
        assert read.headings[0].line == 4

    def test_links_know_their_lines(self, tmp_path: Path) -> None:
        text = "---\na: 1\n---\n\n[x](one.md)\nand [[two|2]] `[[not]]`\n\n<a href='three.md'>3</a>\n"
        assert [(link.target, link.line, link.kind) for link in page(tmp_path, "a.md", text).links] == [
            ("one.md", 5, "link"), ("two", 6, "wiki"), ("three.md", 8, "link"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "front",
        [
            "---\n: :\n---\n",
            "---\n- a\n---\n",
            "---\n\ta: 1\n---\n",
            "---\na: &x [*x]\n---\n",
            "---\n" + "[" * 5000 + "\n---\n",
        ],
    )
    def test_front_matter_that_is_none_is_told_and_harms_nothing(self, tmp_path: Path, front: str) -> None:
        read = page(tmp_path, "a.md", f"{front}# Title\n")
        assert read.headings[0].text == "Title"

    def test_headings_are_named_as_sites_of_repositories_name_them(self) -> None:
        anchors = Anchors()
        names = ["What's new?", "Что нового", "a_b c-d", "What's new?", "Whats new 1", "What's new?"]
        assert [anchors.of(name) for name in names] == [
            "whats-new", "что-нового", "a_b-c-d", "whats-new-1", "whats-new-1-1", "whats-new-2",
        ]  # fmt: skip

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251", "koi8-r", "cp866"])
    def test_russian_is_read_in_any_encoding(self, encoding: str) -> None:
        text = (RUSSIAN / "письмо.txt").read_bytes().decode("cp1251")
        assert text.encode(encoding).decode(guessed(text.encode(encoding))) == text


class TestWords:
    @pytest.mark.parametrize(
        ("text", "sentences"),
        [
            ("One. Two! Three? Four", 4),
            ("Dr. Smith met J. Kepler at 3.14 p.m. in Prague.", 1),
            ("Он родился в 1961 г. в Москве, на ул. Мира. Потом уехал.", 2),
            ("И т.д. и т.п. Конец.", 2),
            ("“Why?” he asked. «Зачем?» — спросил он.", 2),
            ("A heading\n\nA paragraph. With two", 3),
            ("Wait… What?", 2),
            ("", 0),
        ],
    )
    def test_sentences_end_where_people_say(self, text: str, sentences: int) -> None:
        assert len(sentences_of(text)) == sentences

    def test_words_have_no_digits_and_keep_their_hyphens(self) -> None:
        assert words_of("It’s a well-known x2 fact_1 из-за") == ["It’s", "a", "well-known", "из-за"]

    def test_forms_of_a_word_have_one_stem(self) -> None:
        assert len({stem(word) for word in ("яблони", "яблоня", "яблонь", "Яблоню")}) == 1
        assert len({stem(word) for word in ("orbit", "orbits", "Orbiting")}) == 1
        assert stem("ёлка") == stem("елка")

    def test_words_that_say_nothing_are_known_in_both_languages(self) -> None:
        for language in ("english", "russian"):
            assert len(stop_words(language)) > 150
            assert all(word == word.lower() for word in stop_words(language))


class TestReadability:
    # Counted by hand: 2 sentences, 9 words, 27 letters, 10 syllables.
    ENGLISH = "The cat sat on the mat. It was happy."
    # Counted by hand: 2 sentences, 7 words, 13 syllables.
    RUSSIAN = "Мама мыла раму. Кошка спала на окне."

    def measured(self, text: str, language: str) -> dict[str, float]:
        return scores(count(language, [words_of(sentence) for sentence in sentences_of(text)]))

    def test_english_formulas_give_what_a_hand_reckons(self) -> None:
        expected = {
            "flesch_reading_ease": 108.2675, "flesch_kincaid_grade": -0.7239, "gunning_fog": 1.8, "smog": 3.1291,
            "coleman_liau": -4.7378, "ari": -5.05, "lix": 4.5,
        }  # fmt: skip
        assert self.measured(self.ENGLISH, "english") == pytest.approx(expected, abs=0.001)

    def test_russian_formulas_give_what_a_hand_reckons(self) -> None:
        expected = {
            "flesch_reading_ease": 90.6707,
            "flesch_kincaid_grade": 1.76,
            "school_grade": -0.0129,
            "lix": 3.5,
        }
        assert self.measured(self.RUSSIAN, "russian") == pytest.approx(expected, abs=0.001)

    def test_long_words_are_counted(self) -> None:
        # 1 sentence, 5 words: 3 of three syllables and more, one of them only by -ing; 4 of more than six letters.
        counts = count("english", [["Beautiful", "libraries", "are", "reopening", "tomorrow"]])
        assert (counts.polysyllables, counts.long, counts.syllables) == (4, 4, 14)
        assert scores(counts)["smog"] == pytest.approx(1.043 * math.sqrt(120) + 3.1291)

    def test_syllables_of_english_words_are_mostly_those_of_a_dictionary(self) -> None:
        by_hand = (
            "a1 telescope3 aperture3 moon1 orbit2 gravity3 ellipse2 eccentricity5 published2 planets2 squeezed1 melted2 "
            "atmosphere3 understood3 everything3 measures2 wanted2 tables2 handled2 settlement3 boxes2 pages2 churches2 "
            "makes1 hoped1 loosely2 careful2 movement2 library3 libraries3 nation2 special2 radio3 piano3 geology4 actual3 "
            "annual3 quality3 language2 realistic4 creation3 theater3 idea3 variable4 usually4 organism4 rhythm2 "
            "well-known2 "
            "don't1 they're1 couldn't2 beautiful3 serious3 "
            "obvious3 period3 science2 reliable4 trying2 seeing2 going2 queue1 "
            "although2 through1 people2 simple2 readable3 documentation5 parameter4 dictionary4 configuration5 iteration4 "
            "returns2 raises2 function2 arguments3 value2 values2 issue2 continue3 warranty3 liability5 software2 "
            "obligations4 derivative4 reproduce3 copies2 notice2 above2 express2 implied2 damages3 negligence3 "
            "interruption4 employee3 engineer3 quiet2 client2 material4 initial3 previous3 various3 appropriate4"
        )
        words = {re.sub(r"\d", "", each): int(each[-1]) for each in by_hand.split()}
        wrong = [word for word, number in words.items() if syllables_english(word) != number]
        assert len(words) > 90
        assert len(wrong) <= 0.05 * len(words), wrong

    def test_each_russian_vowel_is_a_syllable(self) -> None:
        words = {"ёжик": 2, "в": 0, "объезд": 2, "Юлия": 3, "телескоп": 3, "выздоравливающий": 7}
        assert {word: syllables_russian(word) for word in words} == words

    def test_pages_of_both_languages_have_their_numbers(self) -> None:
        result = text_statistics(RUSSIAN)
        rows = {row["page"]: row for row in rows_of(result["table"])}
        assert set(rows) == {"письмо.txt", "рецепт.md", "сад.md"}
        letter = (RUSSIAN / "письмо.txt").read_bytes().decode("cp1251")
        row = rows["письмо.txt"]
        assert int(row["words"]) == len(re.findall(r"[А-Яа-яё]+", letter))
        assert (row["language"], row["gunning_fog"]) == ("russian", "")
        assert result["words"] == sum(int(each["words"]) for each in rows.values())
        assert "яблони" in result["frequent"]["russian"] or "яблок" in result["frequent"]["russian"]
        english = text_statistics(about("networkx"))
        assert english["languages"].keys() == {"english"}

    def test_a_text_without_words_is_left_out(self, tmp_path: Path) -> None:
        write(tmp_path / "t" / "numbers.txt", "1 2 3")
        with pytest.raises(FolderError, match="words to count"):
            text_statistics(tmp_path / "t")


class TestSearch:
    def test_all_forms_of_a_russian_word_are_found(self) -> None:
        for query in ("яблоня", "яблонями", "ЯБЛОНЬ"):
            pages = {each["page"] for each in search_folder(RUSSIAN, query)["top"]}
            assert pages == {"сад.md", "письмо.txt"}, query

    def test_what_a_plain_search_of_the_documentation_finds_is_found(self) -> None:
        root = package("networkx") / "algorithms"
        result = search_folder(root, '"shortest path"', limit=1000, endings=["py"], exclude=["tests"])
        found = {row["page"] for row in rows_of("found.csv")}
        sources = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in root.rglob("*.py")
            if "tests" not in path.parts
        }
        plainly = {
            name for name, text in sources.items() if re.search(r"\bshortest path\b", text, re.IGNORECASE)
        }
        assert result["all_words"]
        assert len(plainly) > 20
        assert plainly <= found
        # Nothing but forms of these words in a row is found.
        loosely = {
            name for name, text in sources.items() if re.search(r"shortest[\W_]+path", text, re.IGNORECASE)
        }
        assert found <= loosely

    def test_an_index_is_searched_again_without_the_folder(self, tmp_path: Path) -> None:
        made = search_folder(RUSSIAN)
        assert (made["found"], made["pages"]) == (0, 3)
        index = Path(made["index"]).rename(tmp_path / "kept.search.sqlite")
        again = search_folder(None, "варенье", index)
        assert again["top"][0]["page"] == "рецепт.md"
        assert not Path(made["index"]).exists()
        with sqlite3.connect(index) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    @pytest.mark.parametrize(
        ("query", "pages"),
        [
            ("яблоки сахар", ["рецепт.md"]), ("яблок -варенье", ["письмо.txt"]), ("пчел*", ["письмо.txt", "сад.md"]),
            ('"две груши"', ["сад.md"]), ('"груши две"', []), ("груша картошка", ["письмо.txt", "сад.md"]),
            ("и в саду", ["рецепт.md", "письмо.txt", "сад.md"]), ("слон", []), ("NEAR(", []),
            ("сад AND", ["рецепт.md", "письмо.txt", "сад.md"]),
        ],
    )  # fmt: skip
    def test_a_query_means_what_people_mean(self, query: str, pages: list[str]) -> None:
        search_folder(RUSSIAN, query)
        assert {row["page"] for row in rows_of("found.csv")} == set(pages)

    @pytest.mark.parametrize("seed", range(6))
    def test_a_phrase_with_a_hyphen_is_found_by_every_process(self, tmp_path: Path, seed: int) -> None:
        write(tmp_path / "t" / "a.txt", "She was a well-known author of state-of-the-art and so-so books.")
        write(tmp_path / "t" / "b.txt", "The author is known. All is well, as state and art are.")
        phrases = (
            "well-known author",
            "a Well‐known author",
            "well-known authors of",
            "state-of-the-art",
            "so-so books",
        )
        code = (
            "import sys; from pathlib import Path; from jupyter_toolrunner.starter import search_folder; "
            "made = search_folder(Path(sys.argv[1])); "
            "found = [search_folder(None, f'\"{each}\"', Path(made['index']))['top'] for each in sys.argv[2:]]; "
            "assert [[place['page'] for place in each] for each in found] == [['a.txt']] * len(found), found"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "t"), *phrases],
            env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def test_where_no_place_has_all_words_it_is_said(self) -> None:
        assert not search_folder(RUSSIAN, "груша картошка")["all_words"]
        assert "No place has all of the words" in Path("search.md").read_text()

    @pytest.mark.parametrize("query", ["...", '""', "-сад", '* - "'])
    def test_a_query_without_a_word_says_so(self, query: str) -> None:
        with pytest.raises(FolderError, match="no word to look for"):
            search_folder(RUSSIAN, query)

    def test_a_place_leads_to_its_heading_and_line(self) -> None:
        search_folder(RUSSIAN, "корзина")
        assert rows_of("found.csv")[0]["heading"] == "Осень"
        assert rows_of("found.csv")[0]["line"] == "16"
        assert "`сад.md#осень`" in Path("search.md").read_text()

    def test_signs_of_a_text_do_not_format_the_report(self, tmp_path: Path) -> None:
        write(tmp_path / "t" / "x.txt", "look <script>alert(1)</script> *here* [x](javascript:y) `z`")
        search_folder(tmp_path / "t", "alert")
        report = Path("search.md").read_text()
        assert "<script>" not in report.replace("\\<script\\>", "")
        assert "[x](" not in report

    @pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 100])
    def test_a_file_that_is_no_index_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.search.sqlite").write_bytes(content)
        with pytest.raises(FolderError, match="not an index"):
            search_folder(None, "x", tmp_path / "x.search.sqlite")
        with pytest.raises(FolderError, match="no index"):
            search_folder(None, "x", tmp_path / "none.search.sqlite")


class TestGlossary:
    def terms(self, folder: Path | None = None, **more: Any) -> dict[str, dict[str, str]]:
        return {row["term"].lower(): row for row in rows_of(make_glossary(folder, **more)["table"])}

    def test_definitions_are_found_in_every_way_that_people_write_them(self) -> None:
        terms = self.terms()
        assert terms["albedo"]["found_by"] == "list"
        assert terms["aphelion"]["found_by"] == "bold"
        assert terms["orbit"]["definition"] == "An orbit is the path of one body around another."
        assert terms["aperture"]["defined_in"] == "telescopes.md"
        assert terms["орбитальный резонанс"]["definition"].endswith("отношение периодов обращения.")
        assert terms["orbital resonance"]["abbreviation"] == "OR"
        assert terms["james webb space telescope"]["abbreviation"] == "JWST"
        assert terms["tidal locking"]["defined_in"] == "glossary.md#tidal-locking"

    def test_how_often_a_term_comes_is_counted_in_all_forms(self) -> None:
        pages = [path.read_text() for path in RUSSIAN.glob("*.md")]
        text = re.sub(r"---.*?---", "", pages[0], flags=re.DOTALL) + re.sub(
            r"---.*?---", "", pages[1], flags=re.DOTALL
        )
        text = re.sub(r"\]\([^)]*\)|\[\[", "", text) + (RUSSIAN / "письмо.txt").read_bytes().decode("cp1251")
        assert int(self.terms(RUSSIAN)["сад"]["times"]) == len(re.findall(r"\bсад\b", text, re.IGNORECASE))

    def test_a_pronoun_names_nothing(self, tmp_path: Path) -> None:
        write(
            tmp_path / "t" / "a.txt",
            "It is a house. This is the end. What follows is a list. One is an idea. They are the best.",
        )
        with pytest.raises(FolderError, match="No term was found"):
            make_glossary(tmp_path / "t")

    def test_frequent_words_are_as_many_as_wanted(self) -> None:
        assert not [row for row in self.terms(frequent=0).values() if row["found_by"] == "frequent"]
        some = self.terms(frequent=5, minimum=3)
        assert len([row for row in some.values() if row["found_by"] == "frequent"]) == 5


class TestContents:
    def test_links_lead_to_every_heading(self) -> None:
        result = table_of_contents(RUSSIAN)
        text = Path(result["contents"]).read_text()
        assert "- [Сад за домом](%D1%81%D0%B0%D0%B4.md)" in text
        assert "  - [Осень](%D1%81%D0%B0%D0%B4.md#%D0%BE%D1%81%D0%B5%D0%BD%D1%8C)" in text
        assert [row["line"] for row in rows_of(result["table"]) if row["heading"] == "Осень"] == ["16"]
        tree = {
            entry["page"]: [each["text"] for each in entry["headings"]] for entry in json_of(result["tree"])
        }
        assert tree == {"сад.md": ["Весна", "Осень"], "рецепт.md": []}

    def test_depth_and_order(self, tmp_path: Path) -> None:
        write(tmp_path / "t" / "b.md", "# B\n## one\n### two\n#### three\n")
        write(tmp_path / "t" / "a" / "x.md", "# X\n")
        write(tmp_path / "t" / "README.md", "# Read me\n")
        result = table_of_contents(tmp_path / "t", depth=2, numbered=True)
        assert Path(result["contents"]).read_text() == (
            "# Contents of t\n\n1. [Read me](README.md)\n2. [B](b.md)\n   1. [one](b.md#one)\n      1. [two](b.md#two)\n\n"
            "## a/\n\n1. [X](a/x.md)\n"
        )

    def test_a_heading_that_skips_a_level_is_told(self, tmp_path: Path) -> None:
        write(tmp_path / "t" / "a.md", "# A\n\n#### deep\n")
        assert table_of_contents(tmp_path / "t")["problems"] == [
            "a.md, line 3: 'deep' is of level 4 below level 1"
        ]


class TestCloud:
    def test_words_count_in_all_forms_and_tags_as_they_are(self) -> None:
        words = tag_cloud(RUSSIAN)
        rows = {row["word"]: int(row["times"]) for row in rows_of(words["table"])}
        assert rows["сад"] == max(rows.values())
        assert not {"это", "который", "над"} & rows.keys()
        tags = tag_cloud(RUSSIAN, of="tags")
        assert tags["top"] == {"сад": 2, "весна": 1, "кухня": 1}

    def test_the_same_texts_give_the_same_picture(self) -> None:
        first = tag_cloud(RUSSIAN, theme="dark", most=20)
        before = Path(first["pictures"][0]).read_bytes()
        tag_cloud(RUSSIAN, theme="dark", most=20)
        assert Path(first["pictures"][0]).read_bytes() == before
        with Image.open(first["pictures"][0]) as picture:
            colors = picture.convert("RGB").getcolors(10_000_000)
        assert colors is not None
        assert len(colors) > 50
        words = {
            node.text for node in ElementTree.parse(first["pictures"][1]).iter() if node.tag.endswith("text")
        }
        assert "сад" in words
        assert len(words) == 20

    def test_words_of_one_language_and_without_some(self) -> None:
        words = tag_cloud(language="russian", leave_out=["луны"])["top"]
        assert words
        assert all(re.fullmatch("[а-яё-]+", word) for word in words)
        assert not {"луна", "луны", "луне"} & words.keys()

    def test_nothing_to_draw_says_so(self) -> None:
        with pytest.raises(FolderError, match="comes 99 times"):
            tag_cloud(RUSSIAN, minimum=99)


def test_a_notebook_is_read_by_its_cells(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Heading\n", "elephant"]},
        {"cell_type": "code", "source": "giraffe = 1"},
        {"cell_type": "raw", "source": 5},
        "nonsense",
    ]
    write(tmp_path / "t" / "n.ipynb", json.dumps({"cells": cells}))
    assert search_folder(tmp_path / "t", "elephants")["found"] == 1
    assert search_folder(tmp_path / "t", "giraffe")["found"] == 1
    assert text_statistics(tmp_path / "t")["words"] == 2
