"""A process may die before and after every commit, rename, ring and spawn of a run's life: nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chaos.points import all_points, is_of_a_run, steps_without_a_point
from chaos.roles import PROLOGUE, STORIES
from chaos.services import Redis
from chaos.stage import Forge, Stage

#: The cheapest first: each point is tried in the first story that comes to it.
ORDER = (
    "succeed",
    "put back",
    "lose",
    "try again",
    "change minds",
    "change many minds",
    "follow",
    "take again",
    "by itself",
    "keep up",
)
#: Lives that go on at the same time; most of the time they wait.
_AT_ONCE = 4


class Theatre:
    """Stages that share a forge, a Redis, and what a first start takes long for."""

    def __init__(self, folder: Path, forge: Forge, redis: Redis, postgres: str = "") -> None:
        self._folder = folder
        self._forge = forge
        self._redis = redis
        self._postgres = postgres
        self._count = 0
        self._template: Path | None = None
        first = self.stage(PROLOGUE)
        first.play(PROLOGUE, services=True)
        self._template = first.data_dir

    def stage(self, story: str) -> Stage:
        self._count += 1
        number = self._count
        own = story == "keep up"
        return Stage(
            forge=self._forge,
            folder=self._folder / str(number),
            template=self._template,
            redis_url="" if own else f"{self._redis.url}?db={number}",
            database_url=_new_database(self._postgres, number) if self._postgres else "",
        )

    def play(self, story: str, **variables: str) -> tuple[Stage, Mapping[str, Any]]:
        stage = self.stage(story)
        return stage, stage.play(story, services=story == "keep up", **variables)


def _new_database(url: str, number: int) -> str:
    name = f"crash_{number}"
    with sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def forge() -> Iterator[Forge]:
    forge = Forge()
    yield forge
    forge.close()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("r"))
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def theatre(tmp_path: Path, forge: Forge, redis: Redis) -> Theatre:
    return Theatre(tmp_path, forge, redis)


def _reached(theatre: Theatre) -> Mapping[str, Sequence[str]]:
    """The stories in which each point is come to; each story ends as it should when nobody dies."""
    found: dict[str, list[str]] = {}
    for story in ORDER:
        stage, ended = theatre.play(story, TOOLRUNNER_CRASH_LOG=str(theatre._folder / f"{story}.points"))
        assert not stage.findings(ended), story
        for point in sorted(set((theatre._folder / f"{story}.points").read_text().split())):
            if is_of_a_run(point):
                found.setdefault(point, []).append(story)
    return found


def _troubles(theatre: Theatre, point: str, stories: Sequence[str]) -> Sequence[str]:
    """What is wrong after a death at that point, in the first story that comes to it again: some come there by chance."""
    troubles: Sequence[str] = [f"{point}: nobody came there"]
    for story in stories:
        if f"{point}: nobody came there" in troubles:
            troubles = _troubles_in(theatre, point, story)
    return troubles


def _troubles_in(theatre: Theatre, point: str, story: str) -> Sequence[str]:
    stage = theatre.stage(story)
    mark = stage.folder / "mark"
    try:
        ended = stage.play(
            story, services=story == "keep up", TOOLRUNNER_CRASH_AT=point, TOOLRUNNER_CRASH_MARK=str(mark)
        )
    except AssertionError as error:
        return [f"{point}: {error}"]
    troubles = [f"{point}: {found.kind}: {found.text}" for found in stage.findings(ended)]
    if not mark.exists():
        troubles.append(f"{point}: nobody came there")
    # A process of a tool that is killed is a failure of that run; whatever else dies, its run goes on.
    if not point.startswith(("run.", "logs.")):
        troubles += [
            f"{point}: {tool} {one['status']}: {one['error']}"
            for tool, one in ended.items()
            if one["status"] == "failed"
        ]
    return troubles


def test_every_rename_and_spawn_is_a_point_or_exempt() -> None:
    assert not steps_without_a_point()


# A process that dies and all that comes after it, for each point; on two busy cores that is minutes.
@pytest.mark.timeout(400)
def test_a_death_at_any_point_loses_nothing(theatre: Theatre) -> None:
    _show(theatre)


def _show(theatre: Theatre) -> None:
    stories = _reached(theatre)
    assert set(ORDER) == set(STORIES)
    missed = sorted(all_points() - set(stories))
    assert not missed, "no test comes to these points"
    assert not set(stories) - all_points(), "these points are in no list"
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        troubles = list(pool.map(lambda each: _troubles(theatre, *each), sorted(stories.items())))
    found = [text for each in troubles for text in each]
    assert not found, "\n".join(found)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_death_at_any_point_loses_nothing_on_postgresql(
    tmp_path: Path, forge: Forge, redis: Redis, postgres: str
) -> None:
    _show(Theatre(tmp_path, forge, redis, postgres))
