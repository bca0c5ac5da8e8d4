"""Short commands on a line of their own, with a real server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from jupyter_toolrunner.core.events import Event
from jupyter_toolrunner.core.ids import RunId, WorkerId
from jupyter_toolrunner.queue.bell import Ring, StandingBell
from jupyter_toolrunner.queue.doorbell import RedisDoorbell
from jupyter_toolrunner.queue.events import RedisEventStream
from jupyter_toolrunner.queue.line import Line
from jupyter_toolrunner.queue.redis import open_redis
from jupyter_toolrunner.queue.supervisor import valkey_binary
from jupyter_toolrunner.queue.worker import RingWorker


class Server:
    """Keeps nothing: what is there after a start came after it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder / 's'}"
        self._command = [
            *(str(valkey_binary()), "--port", "0", "--unixsocket", str(folder / "s")),
            *("--save", "", "--dir", str(folder), "--loglevel", "warning", "--logfile", str(folder / "log")),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command)
        while True:
            try:
                with open_redis(self.url) as redis:
                    redis.ping()
                    return
            except (RedisError, OSError):
                assert self._process.poll() is None

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("v"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(server: Server) -> Iterator[Redis]:
    with open_redis(server.url) as redis:
        yield redis


def test_commands_are_obeyed_in_order_and_each_answer_belongs_to_its_question(redis: Redis) -> None:
    line = Line(redis)
    for n in range(100):
        line.tell("RPUSH", "list", n)
        line.tell("SET", "last", f"é{n}")
        assert line.ask("LLEN", "list") == n + 1
        assert line.ask("GET", "last") == f"é{n}".encode()


def test_threads_do_not_get_each_others_answers(redis: Redis) -> None:
    line = Line(redis)
    wrong: list[object] = []

    def ask(name: str) -> None:
        for n in range(200):
            line.tell("SET", name, n)
            if line.ask("GET", name) != str(n).encode():
                wrong.append((name, n))

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_refused_disturbs_nothing_after_it(redis: Redis) -> None:
    line = Line(redis)
    line.tell("SET", "text", "x")
    line.tell("RPUSH", "text", "y")
    assert line.ask("GET", "text") == b"x"
    with pytest.raises(ResponseError):
        line.ask("RPUSH", "text", "y")
    assert line.ask("GET", "text") == b"x"


def test_a_line_that_was_cut_is_drawn_anew(server: Server, redis: Redis) -> None:
    line = Line(redis)
    line.tell("SET", "a", "1")
    server.stop()
    with pytest.raises((RedisError, OSError)):
        line.ask("GET", "a")
    with pytest.raises((RedisError, OSError)):
        line.tell("SET", "a", "2")
    server.start()
    line.tell("SET", "a", "3")
    assert line.ask("GET", "a") == b"3"


def test_a_server_that_was_restarted_meanwhile_gets_the_next_command(server: Server, redis: Redis) -> None:
    line = Line(redis)
    line.tell("SET", "a", "1")
    server.stop()
    server.start()
    line.tell("SET", "a", "2")
    assert line.ask("GET", "a") == b"2"


def test_an_event_arrives_as_it_was_told(redis: Redis) -> None:
    stream = RedisEventStream(redis, Line(redis))
    before = stream.last()
    event = Event(type="run", owner="anna", data={"id": "1", "text": "é\ud800\0\r\n$1"})
    stream.publish(event)
    stream.publish(Event(type="tools", owner=None, data={}))
    found = [*stream.read(before, 1.0)]
    while len(found) < 2:
        found += stream.read(found[-1].id, 1.0)
    assert [(each.type, each.owner, each.data) for each in found] == [
        ("run", "anna", event.data),
        ("tools", None, {}),
    ]


def test_a_ring_goes_to_one_who_stands_by_and_else_to_the_queue(redis: Redis) -> None:
    line = Line(redis)
    bell, doorbell = StandingBell(redis, WorkerId("host:1:a")), RedisDoorbell(redis, line)
    bell.stand()
    assert doorbell.ring(RunId("first"))
    assert bell.wait() is Ring.FOR_ONE
    assert redis.llen("rq:queue:toolrunner") == 0
    assert doorbell.ring(RunId("second"))
    assert redis.llen("rq:queue:toolrunner") == 1
    bell.leave()


def test_a_ring_for_everybody_reaches_all_who_stand_by_and_is_not_passed_on(redis: Redis) -> None:
    line = Line(redis)
    bells = [StandingBell(redis, WorkerId(f"host:1:{name}")) for name in "abc"]
    doorbell = RedisDoorbell(redis, line)
    for bell in bells:
        bell.stand()
    assert doorbell.ring_everybody(RunId("first"))
    assert [bell.wait() for bell in bells] == [Ring.FOR_ALL] * 3
    # They stand no longer: the next ring is kept for whoever comes.
    assert redis.llen("rq:queue:toolrunner") == 1
    assert doorbell.ring(RunId("second"))
    assert redis.llen("rq:queue:toolrunner") >= 1
    for bell in bells:
        bell.leave()


def test_a_worker_passes_on_a_ring_that_it_can_do_nothing_about(redis: Redis) -> None:
    line = Line(redis)
    doorbell = RedisDoorbell(redis, line)
    worker = WorkerId("host:1:a")
    asked: list[bool] = []
    passed = threading.Event()

    def work_one(*, expected: bool = False) -> bool:
        asked.append(expected)
        return False

    ringing = RingWorker(open_redis(str(_url(redis)), timeout=None), worker, work_one, passed.set)
    thread = threading.Thread(target=ringing.work_until_quiet)
    thread.start()
    while not redis.zscore("toolrunner:standing", worker):
        pass
    doorbell.ring_everybody(RunId("first"))
    while len(asked) < 4:
        pass
    assert not passed.is_set()
    while not redis.zscore("toolrunner:standing", worker):
        pass
    doorbell.ring(RunId("second"))
    assert passed.wait(30)
    ringing._stop_requested = True
    thread.join(30)


def _url(redis: Redis) -> str:
    return f"unix://{redis.connection_pool.connection_kwargs['path']}"
