"""The example in examples/flask, started by its one command."""

import os
import re
import signal
import subprocess
import time

import pytest
import requests

from server_process import PATIENCE, REPOSITORY, free_port, poll

# Each strategy's address, and how often its function runs for a first request.
CARDS = {
    "view": ("/offers", 1),
    "query": ("/search?kind=green&sort=price", 1),
    "user": ("/recommendations?user=anna", 1),
    "conditional": ("/delivery", 1),
    "memoize": ("/quote?article=Sencha&amount=1", 1),
    "fragment": ("/shelf?user=anna", 2),
    "many": ("/prices", 8),
    "renew": ("/bestsellers", 1),
}


class Shop:
    """Owns the shop and all its processes."""

    def __init__(self, server, log):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["make", "-C", str(REPOSITORY / "examples" / "flask"), "run",
                 f"LARDER_URL=redis://127.0.0.1:{server.port}/0",
                 "PORT=" + self.url.rsplit(":", 1)[1]],
                env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(self.url, timeout=10 * PATIENCE).status_code == 200
        except requests.ConnectionError:
            return False

    def get(self, path, status=200):
        response = requests.get(self.url + path, timeout=30 * PATIENCE)
        assert response.status_code == status, response.text
        return response

    def ran(self, path, status=200):
        """Asks for `path` and returns how often its function ran for that."""
        return int(self.get(path, status).headers["X-Ran"])

    def post(self, path):
        assert requests.post(self.url + path, timeout=30 * PATIENCE).status_code == 204

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        poll(self.is_gone, "gunicorn and its workers to end")

    def is_gone(self):
        try:
            os.killpg(self.process.pid, 0)
            return False
        except ProcessLookupError:
            return True


@pytest.fixture(scope="module")
def running_shop(shared_server, tmp_path_factory):
    shop = Shop(shared_server, tmp_path_factory.mktemp("shop") / "log")
    try:
        poll(shop.answers, "the shop to answer", timeout=30)
        yield shop
    finally:
        shop.stop()


@pytest.fixture
def shop(running_shop, server):
    return running_shop


def test_the_page_shows_every_strategy_and_the_hit_ratio(shop):
    shop.get("/offers")
    page = shop.get("/").text
    assert set(re.findall(r'data-strategy="(\w+)"', page)) == set(CARDS)
    assert re.search(r'<b data-number="ratio">\d+</b> %', page)
    assert "http://" not in page and "https://" not in page  # nothing comes from the net
    for file in ("shop.css", "shop.js"):
        assert shop.get(f"/static/{file}").text


@pytest.mark.parametrize("strategy", CARDS)
def test_a_card_is_computed_once_and_again_when_invalidated(shop, strategy):
    path, runs = CARDS[strategy]
    assert shop.ran(path) == runs
    started = time.monotonic()
    assert [shop.ran(path) for _ in range(3)] == [0, 0, 0]
    assert (time.monotonic() - started) / 3 < 0.3 * PATIENCE
    shop.post(f"/forget/{strategy}?user=anna")
    assert 1 <= shop.ran(path) <= runs
    assert shop.ran(path) == 0


def test_the_variations_of_the_cards(shop):
    assert shop.ran("/search?kind=green&sort=price") == 1
    assert shop.ran("/search?sort=price&kind=green") == 0
    assert shop.ran("/delivery?fail", status=503) == shop.ran("/delivery?fail", status=503) == 1
    assert shop.ran("/delivery?user=staff") == shop.ran("/delivery?user=staff") == 1
    assert shop.ran("/recommendations?user=anna") == shop.ran("/recommendations?user=bert") == 1
    assert shop.ran("/bestsellers?renew") == shop.ran("/bestsellers?renew") == 1
    assert shop.ran("/bestsellers") == 0


def test_the_numbers_are_those_of_the_server(shop, server):
    path, _ = CARDS["view"]
    for _ in range(5):
        shop.get(path)
    numbers, info = shop.get("/numbers").json(), server.info("stats")
    assert numbers["strategies"]["view"] == {"asked": 5, "ran": 1}
    assert numbers["hits"] == int(info["keyspace_hits"])
    assert numbers["misses"] == int(info["keyspace_misses"])


def test_clear_empties_the_cache_and_keeps_the_counts(shop):
    path, _ = CARDS["view"]
    shop.get(path)
    shop.post("/clear")
    assert shop.get("/numbers").json()["strategies"]["view"]["ran"] == 1
    assert shop.ran(path) == 1
