from connectors.run import read_once
from tests.support.networks import bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "stackexchange"]


def test_a_comment_on_an_answer_belongs_to_the_question(tmp_path):
    reading = bench(FOLDER, tmp_path / "memory.sqlite")

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    (comment,) = [event for event in reading.publisher.events if event.event_id.endswith("/c5001")]
    assert comment.conversation_id == "stackexchange:stackoverflow/79900111"
    assert comment.parent_id == "stackexchange:stackoverflow/79900222"


def test_what_it_asks_to_wait_is_waited_for_and_the_walk_goes_on(tmp_path):
    reading = bench(FOLDER, tmp_path / "memory.sqlite")

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert [wait for wait in reading.pause.waits if wait >= 10] == [10.0, 20.0]
    assert reading.network.unexpected == []
    assert len(reading.publisher.events) == len(FOLDER.load("pages")["publishes"])
