"""One suite for every `Engine`: processes of this machine, and actors of Ray Data."""

import errno
import os
import time
from contextlib import closing

import pytest

from tests.support.chores import Chore, Chores
from vicinal.core.errors import FeaturizerUnavailable, InvalidInput, VicinalError
from vicinal.jobs.engines.opening import open_engine
from vicinal.jobs.engines.protocol import EngineName, TaskDone, TaskFailed, TaskLost
from vicinal.jobs.progress import RowProgress

WORKERS = 2


@pytest.fixture(scope="module", params=list(EngineName))
def name(request):
    """Of an engine; of Ray there is one for all tests."""
    if request.param is EngineName.LOCAL:
        yield request.param
        return
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    try:
        ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    except (ConnectionError, OSError, RuntimeError) as error:
        pytest.skip(f"Ray cannot start here: {error}")
    yield request.param
    ray.shutdown()


@pytest.fixture
def engine(name):
    with closing(open_engine(name, WORKERS, "")) as made:
        yield made


@pytest.fixture
def chores(tmp_path):
    return Chores(tmp_path)


def outcome(engine, work, tasks):
    """What came of each task, by its number."""
    events = list(engine.run(work, tasks, RowProgress(0, 0, lambda _: None)))
    assert len({event.task.number for event in events}) == len(events)
    return {event.task.number: event for event in events}


def alternately(*does):
    return [Chore(number, does[number % len(does)]) for number in range(8)]


def answers(count):
    return {number: TaskDone(Chore(number), 2 * number) for number in range(count)}


def is_there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("needs_own_process", [True, False])
def test_every_task_is_answered_and_each_worker_begins_once(engine, chores, needs_own_process):
    work = Chores(chores.folder, needs_own_process=needs_own_process)
    assert outcome(engine, work, alternately("double")) == answers(8)
    assert 1 <= len(list(chores.folder.glob("begun-*"))) <= WORKERS


def test_the_order_of_tasks_changes_no_answer(engine, chores):
    assert outcome(engine, chores, alternately("double", "wait")[::-1]) == outcome(
        engine, chores, alternately("double", "wait")
    )


def test_one_kind_of_work_comes_after_another(engine, chores, tmp_path):
    assert outcome(engine, chores, alternately("double")) == answers(8)
    assert outcome(
        engine, Chores(tmp_path, threads=1, needs_own_process=False), alternately("double")
    ) == answers(8)
    assert outcome(engine, chores, []) == {}


def test_a_task_that_fails_is_told_of_and_the_others_go_on(engine, chores):
    found = outcome(engine, chores, alternately("double", "refuse", "find no room", "break down"))
    assert {number for number, event in found.items() if isinstance(event, TaskDone)} == {0, 4}
    refused, full, broken = found[1], found[2], found[3]
    assert isinstance(refused, TaskFailed)
    assert isinstance(refused.error, InvalidInput)
    (violation,) = refused.error.violations
    assert (violation.field, violation.description) == ("chores[3]", "chore 1 is wrong")
    assert refused.why == str(refused.error)
    assert isinstance(full.error, OSError)
    assert full.error.errno == errno.ENOSPC
    assert (broken.error, broken.why) == (None, "ValueError: broken")


def test_work_that_cannot_be_begun_ends_it_with_its_own_error(engine, chores):
    refused = Chores(chores.folder, begins="refused")
    for tasks in (alternately("double"), []):
        with pytest.raises(FeaturizerUnavailable, match="there is no such thing"):
            outcome(engine, refused, tasks)
    assert issubclass(FeaturizerUnavailable, VicinalError)


def test_a_worker_killed_in_the_middle_costs_its_task_at_most(engine, chores):
    tasks = alternately("double", "double", "double", "double", "double", "die once", "double", "double")
    found = outcome(engine, chores, tasks)
    done = {number for number, event in found.items() if isinstance(event, TaskDone)}
    assert done >= set(range(8)) - {5}
    if 5 not in done:
        assert isinstance(found[5], TaskLost)
        assert "killed by signal 9" in found[5].why
    again = outcome(engine, chores, [tasks[5]])
    assert again[5].answer == 10


def test_a_task_that_kills_each_of_its_workers_is_lost(engine, chores):
    tasks = [*alternately("wait"), Chore(8, "die")]
    found = outcome(engine, chores, tasks)
    assert set(found) == set(range(9))
    assert isinstance(found[8], TaskLost)
    assert found[8].task == tasks[8]
    # One that waited behind it may go with it; no other.
    assert sum(isinstance(event, TaskDone) for event in found.values()) >= 7
    assert outcome(engine, chores, alternately("double")) == answers(8)


def test_workers_that_are_killed_before_they_begin_leave_all_tasks(engine, chores):
    events = list(
        engine.run(
            Chores(chores.folder, begins="killed"), alternately("double"), RowProgress(0, 0, lambda _: None)
        )
    )
    assert {event.task.number for event in events if event.task is not None} == set(range(8))
    assert {type(event) for event in events} == {TaskLost}


def test_the_pace_counts_rows_of_tasks_that_are_done(engine, chores):
    told = []
    tasks = alternately("double", "refuse")
    list(engine.run(chores, tasks, RowProgress(0, 80, lambda progress: told.append(progress.rows_done))))
    assert told[-1] == 40
    assert all(0 <= rows <= 80 for rows in told)


@pytest.mark.parametrize("threads", [1, 2])
def test_workers_keep_to_their_threads(engine, chores, threads):
    limits = outcome(engine, Chores(chores.folder, threads=threads), [Chore(0, "limits")])[0].answer
    assert limits
    assert max(limits) <= threads


def test_who_gives_up_leaves_no_worker(engine, name, chores):
    # A Ray that was there before the engine lets its actors end what they are at.
    waits = "wait long" if name is EngineName.LOCAL else "wait a while"
    tasks = [Chore(0, "process"), *(Chore(number, waits) for number in range(1, 6))]
    with closing(engine.run(chores, tasks, RowProgress(0, 0, lambda _: None))) as events:
        # Under load one that waits may be done before it, and has no answer.
        first = next(event for event in events if event.task == tasks[0])
        assert isinstance(first, TaskDone), first
        deadline = time.monotonic() + 120
        while not (waiting := list(chores.folder.glob("waits-*"))) and time.monotonic() < deadline:
            time.sleep(0.05)
    processes = [first.answer, *(int(path.name.split("-")[1]) for path in waiting)]
    assert len(processes) > 1
    engine.close()
    deadline = time.monotonic() + 120
    while any(map(is_there, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_there, processes))
