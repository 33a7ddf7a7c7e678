"""Flask-Caching over several Flask processes on one server: what is computed, and how often."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
import requests

from server_process import PATIENCE, poll
from web_process import gunicorn, single

HERE = Path(__file__).parent
PREFIX = "flask_cache_"


class Counts:
    """The file in which the apps note what they really computed."""

    def __init__(self, path):
        self.path = path
        self.path.touch()

    def reset(self):
        self.path.write_text("")

    def of(self, name):
        return self.path.read_text().splitlines().count(name)

    def all(self):
        return sorted(self.path.read_text().splitlines())


class App:
    """One app, as its users see it: requests go to its URL, each on a connection of its own, so
    that gunicorn spreads them over its workers."""

    def __init__(self, web):
        self.web = web
        self.processes = set()

    def request(self, method, path, **options):
        response = requests.request(method, self.web.url + path, timeout=30 * PATIENCE, **options)
        self.processes.add(response.headers["X-Process"])
        return response

    def get(self, path, **headers):
        response = self.request("GET", path, headers=headers)
        assert response.status_code == 200, response.text
        return response.text

    def post(self, path):
        response = self.request("POST", path)
        assert response.status_code == 200, response.text

    def cache(self, operation, *args, **kwargs):
        """Calls a method of the app's cache object and returns what it returned."""
        response = self.request("POST", f"/cache/{operation}",
                                json={"args": args, "kwargs": kwargs})
        assert response.status_code == 200, response.text
        return response.json()["result"]


class Site:
    """Two apps on one server: gunicorn with two workers, and a second Flask process."""

    def __init__(self, server, directory, settings):
        self.server = server
        self.counts = Counts(directory / "counts")
        environment = {"E2E_CACHE": json.dumps(settings), "E2E_COUNTS": str(self.counts.path)}
        self.log = directory / "web.log"
        self.first = App(gunicorn(HERE, "flask_app:app", environment, self.log))
        self.second = App(single(HERE, "flask_app", environment, self.log))
        self.apps = (self.first, self.second)

    def everywhere(self, path, times=4, **headers):
        """Asks both apps several times; returns the set of different answers."""
        return {app.get(path, **headers) for _ in range(times) for app in self.apps}

    def client(self):
        return redis.Redis(port=self.server.port, password=self.server.password)

    def stop(self):
        for app in self.apps:
            app.web.stop()


@pytest.fixture(scope="module")
def running_site(shared_server, tmp_path_factory):
    settings = {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": shared_server.port}
    site = Site(shared_server, tmp_path_factory.mktemp("site"), settings)
    yield site
    site.stop()


@pytest.fixture
def site(running_site, server):
    """The running site with an empty cache; both gunicorn workers and the second process are up."""
    running_site.counts.reset()
    return running_site


def test_all_three_processes_serve(site):
    def every_process_seen():
        site.everywhere("/plain", times=1)
        return len(site.first.processes) == 2 and len(site.second.processes) == 1

    poll(every_process_seen, "both workers and the second process to answer", timeout=30)
    assert site.counts.of("plain") == 1


# --- cached views


def test_a_cached_view_runs_once_for_all_processes(site):
    assert len(site.everywhere("/plain", times=10)) == 1
    assert site.counts.all() == ["plain"]
    assert 50 < site.client().ttl(PREFIX + "view//plain") <= 60


def test_a_view_without_a_timeout_gets_the_default_of_300_seconds(site):
    assert len(site.everywhere("/default-timeout")) == 1
    assert 290 < site.client().ttl(PREFIX + "view//default-timeout") <= 300


def test_a_timeout_of_zero_keeps_a_view_for_good(site):
    assert len(site.everywhere("/forever")) == 1
    assert site.counts.of("forever") == 1
    assert site.client().ttl(PREFIX + "view//forever") == -1


def test_a_view_is_computed_again_after_its_timeout(site):
    before = time.monotonic()
    first = site.first.get("/short")
    after = time.monotonic()
    poll(lambda: site.second.get("/short") != first, "the view to expire", timeout=5)
    # The deadline is a second after the store, which was somewhere between `before` and `after`.
    assert time.monotonic() - before >= 0.999
    assert time.monotonic() - after < 1.5 * PATIENCE
    assert site.counts.of("short") == 2


def test_query_strings_are_cached_apart_whatever_their_order(site):
    one = site.everywhere("/search?q=tea&page=1") | site.everywhere("/search?page=1&q=tea")
    other = site.everywhere("/search?q=coffee&page=1")
    assert len(one) == 1 and len(other) == 1 and one != other
    assert site.counts.all() == ["search coffee", "search tea"]


def test_a_custom_key_caches_per_user(site):
    anna = site.everywhere("/profile", **{"X-User": "anna"})
    bert = site.everywhere("/profile", **{"X-User": "bert"})
    assert len(anna) == 1 and len(bert) == 1 and anna != bert
    assert site.counts.all() == ["profile anna", "profile bert"]
    assert set(site.client().keys("*profile-of*")) == {
        b"flask_cache_profile-of-anna", b"flask_cache_profile-of-bert"}


def test_a_key_prefix_names_the_key(site):
    site.first.get("/prefixed")
    assert site.client().keys() == [PREFIX.encode() + b"the-same-for-all-paths"]


def test_unless_bypasses_the_cache(site):
    assert len(site.everywhere("/unless", times=2, **{"X-Preview": "1"})) == 4
    assert site.client().dbsize() == 0
    assert len(site.everywhere("/unless", times=2)) == 1
    assert site.counts.of("unless") == 5


def test_response_filter_keeps_failures_out_of_the_cache(site):
    for app in site.apps:
        assert app.request("GET", "/filtered?fail").status_code == 500
    assert site.client().dbsize() == 0
    assert len(site.everywhere("/filtered")) == 1
    assert site.counts.of("filtered") == 3
    # From now on the stored answer hides the failure.
    assert site.first.request("GET", "/filtered?fail").status_code == 200


def test_forced_update_renews_what_the_others_see(site):
    old = site.everywhere("/forced")
    new = site.first.get("/forced?renew")
    assert {new} != old
    assert site.everywhere("/forced") == {new}
    assert site.counts.of("forced") == 2


# --- memoized functions


def test_memoize_runs_once_per_arguments(site):
    tea = site.everywhere("/price/tea") | site.everywhere("/price/tea?currency=EUR")
    pounds = site.everywhere("/price/tea?currency=GBP")
    assert len(tea) == 1 and len(pounds) == 1
    assert site.counts.all() == ["price tea EUR", "price tea GBP"]


def test_delete_memoized_with_arguments_forgets_only_those(site):
    tea, milk = site.everywhere("/price/tea"), site.everywhere("/price/milk")
    site.second.post("/price/tea/forget")
    assert site.everywhere("/price/milk") == milk
    new_tea = site.everywhere("/price/tea")
    assert len(new_tea) == 1 and new_tea != tea
    assert site.counts.all() == ["price milk EUR", "price tea EUR", "price tea EUR"]


def test_delete_memoized_forgets_every_call_in_every_process(site):
    old = site.everywhere("/price/tea") | site.everywhere("/price/milk")
    site.first.post("/price/forget")
    new = site.everywhere("/price/tea") | site.everywhere("/price/milk")
    assert len(old) == len(new) == 2 and not old & new
    assert len(site.counts.all()) == 4


def test_memoize_remembers_none_when_asked_to(site):
    assert site.everywhere("/find/tea") == {"null\n"}
    assert site.counts.of("find") == 1


def test_memoized_methods_are_told_apart_by_instance(site):
    anna, bert = site.everywhere("/basket/anna?rebate=5"), site.everywhere("/basket/bert?rebate=5")
    site.first.post("/basket/anna/forget")
    assert site.everywhere("/basket/bert?rebate=5") == bert
    again = site.everywhere("/basket/anna?rebate=5")
    assert len(again) == 1 and again != anna
    assert site.counts.of("total anna 5") == 2 and site.counts.of("total bert 5") == 1


# --- template fragments


def test_fragments_are_rendered_once_per_vary_on(site):
    anna, bert = site.everywhere("/page?user=anna"), site.everywhere("/page?user=bert")
    assert len(anna) == len(bert) == 1
    assert site.counts.all() == ["greeting anna", "greeting bert", "menu"]


def test_a_deleted_fragment_is_rendered_again(site):
    before = site.everywhere("/page?user=anna")
    site.second.post("/page/forget?user=anna")
    after = site.everywhere("/page?user=anna")
    assert len(after) == 1 and after != before
    assert site.counts.all() == ["greeting anna", "greeting anna", "menu"]


# --- the cache object


def test_get_set_has_and_delete(site):
    first, second = site.apps
    assert first.cache("get", "k") is None
    assert first.cache("has", "k") is False
    assert first.cache("set", "k", {"list": [1, 2.5, None, "ä\u0000"]}) is True
    assert second.cache("get", "k") == {"list": [1, 2.5, None, "ä\u0000"]}
    assert second.cache("has", "k") is True
    assert 290 < site.client().ttl(PREFIX + "k") <= 300
    assert second.cache("delete", "k") is True
    assert first.cache("delete", "k") is False
    assert first.cache("get", "k") is None


def test_set_with_a_timeout_and_without_end(site):
    site.first.cache("set", "k", 1, timeout=20)
    assert 15 < site.client().ttl(PREFIX + "k") <= 20
    site.first.cache("set", "k", 2, timeout=0)
    assert site.client().ttl(PREFIX + "k") == -1
    assert site.second.cache("get", "k") == 2


def test_add_leaves_an_existing_value(site):
    assert site.first.cache("add", "k", "first", timeout=20) is True
    assert site.second.cache("add", "k", "second", timeout=200) is False
    assert site.second.cache("get", "k") == "first"
    assert 15 < site.client().ttl(PREFIX + "k") <= 20


def test_add_is_won_by_exactly_one_of_many(site):
    with ThreadPoolExecutor(8) as pool:
        for round_number in range(5):
            won = list(pool.map(
                lambda app: app.cache("add", f"lock{round_number}", 1), site.apps * 4))
            assert sum(won) == 1


def test_many_values_at_once(site):
    values = {f"k{i}": {"number": i} for i in range(500)}
    site.first.cache("set_many", values, timeout=30)
    names = list(values)
    assert site.second.cache("get_many", *names, "missing") == [*values.values(), None]
    assert site.second.cache("get_dict", "k1", "missing") == {"k1": {"number": 1}, "missing": None}
    assert 25 < site.client().ttl(PREFIX + "k499") <= 30
    site.second.cache("delete_many", *names[:400])
    assert site.client().dbsize() == 100
    assert site.first.cache("get_many", "k0", "k499") == [None, {"number": 499}]


def test_set_many_without_end(site):
    site.first.cache("set_many", {"a": 1, "b": 2}, timeout=0)
    assert site.second.cache("get_many", "a", "b") == [1, 2]
    assert site.client().ttl(PREFIX + "a") == -1


def test_inc_and_dec(site):
    first, second = site.apps
    # A counter begins with inc or dec: what set() stores is pickled by this version of cachelib.
    assert first.cache("inc", "n") == 1
    assert second.cache("inc", "n", 49) == 50
    assert first.cache("dec", "n", 60) == -10
    assert second.cache("dec", "n") == -11
    assert first.cache("get", "n") == -11
    assert site.client().ttl(PREFIX + "n") == -1


def test_inc_of_something_else_is_an_error_and_changes_nothing(site):
    site.first.cache("set", "text", "not a number")
    response = site.first.request("POST", "/cache/inc", json={"args": ["text"], "kwargs": {}})
    assert response.status_code == 503
    assert response.json() == {"error": "redis.exceptions.ResponseError",
                               "text": "value is not an integer or out of range"}
    assert site.second.cache("get", "text") == "not a number"


def test_concurrent_increments_are_all_counted(site):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda app: app.cache("inc", "hits"), site.apps * 100))
    assert site.first.cache("get", "hits") == 200


def test_unlink(site):
    site.first.cache("set_many", {"a": 1, "b": 2, "c": 3})
    assert site.second.cache("unlink", "a", "b", "missing") == 2
    assert site.first.cache("get_many", "a", "b", "c") == [None, None, 3]


def test_clear_leaves_the_keys_of_others(site):
    site.client().set("other", "stays")
    site.first.cache("set_many", {f"k{i}": i for i in range(1000)})
    old = site.second.get("/plain")
    assert site.second.cache("clear") is True
    assert site.client().keys() == [b"other"]
    assert site.first.get("/plain") != old
    assert site.second.cache("clear") is True


def test_values_of_megabytes(site):
    size = 5_000_000
    site.first.post(f"/large/{size}")
    large = site.second.get("/large")
    assert len(large) == 2 * size
    assert site.first.get("/large") == large


# --- ways to reach the server


def reach(server, tmp_path, settings):
    """Runs an app with `settings` for a moment and uses its cache."""
    site = Site.__new__(Site)
    site.server = server
    site.counts = Counts(tmp_path / "counts")
    environment = {"E2E_CACHE": json.dumps(settings), "E2E_COUNTS": str(site.counts.path)}
    app = App(single(HERE, "flask_app", environment, tmp_path / "web.log"))
    try:
        page = app.get("/plain")
        assert app.get("/plain") == page
        app.cache("set", "a", 1)
        assert app.cache("get_many", "a") == [1]
    finally:
        app.web.stop()
    assert site.counts.of("plain") == 1, (tmp_path / "web.log").read_text()


def keys_of(server, db, **options):
    with redis.Redis(port=server.port, password=server.password, db=db, **options) as client:
        return sorted(client.keys())


STORED = [PREFIX.encode() + b"a", PREFIX.encode() + b"view//plain"]


def test_redis_url_with_a_database(server, tmp_path):
    reach(server, tmp_path,
          {"CACHE_REDIS_URL": f"redis://127.0.0.1:{server.port}", "CACHE_REDIS_DB": 5})
    assert keys_of(server, 5) == STORED
    assert keys_of(server, 0) == []


def test_host_port_and_database(server, tmp_path):
    reach(server, tmp_path, {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": server.port,
                             "CACHE_REDIS_DB": 15})
    assert keys_of(server, 15) == STORED
    assert keys_of(server, 0) == []


@pytest.fixture
def locked_server(servers, tmp_path):
    return servers.start(requirepass="se cret/§", unixsocket=tmp_path / "s")


def test_password(locked_server, tmp_path):
    reach(locked_server, tmp_path,
          {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": locked_server.port,
           "CACHE_REDIS_PASSWORD": locked_server.password})
    assert keys_of(locked_server, 0) == STORED


def test_password_in_the_url(locked_server, tmp_path):
    url = f"redis://:{requests.utils.quote(locked_server.password, safe='')}@127.0.0.1"
    reach(locked_server, tmp_path, {"CACHE_REDIS_URL": f"{url}:{locked_server.port}"})
    assert keys_of(locked_server, 0) == STORED


def test_user_name_and_password_in_the_url(locked_server, tmp_path):
    url = f"redis://default:{requests.utils.quote(locked_server.password, safe='')}@127.0.0.1"
    reach(locked_server, tmp_path, {"CACHE_REDIS_URL": f"{url}:{locked_server.port}"})
    assert keys_of(locked_server, 0) == STORED


def test_unix_socket(locked_server, tmp_path):
    quoted = requests.utils.quote(locked_server.password, safe="")
    path = locked_server.options["unixsocket"]
    reach(locked_server, tmp_path,
          {"CACHE_REDIS_URL": f"unix://:{quoted}@{path}", "CACHE_REDIS_DB": 3})
    assert keys_of(locked_server, 3) == STORED


def test_a_wrong_password_leaves_the_app_without_a_cache(locked_server, tmp_path):
    counts = Counts(tmp_path / "counts")
    settings = {"CACHE_REDIS_PORT": locked_server.port, "CACHE_REDIS_PASSWORD": "wrong",
                "CACHE_REDIS_HOST": "127.0.0.1"}
    environment = {"E2E_CACHE": json.dumps(settings), "E2E_COUNTS": str(counts.path)}
    app = App(single(HERE, "flask_app", environment, tmp_path / "web.log"))
    try:
        assert app.get("/plain") != app.get("/plain")
        response = app.request("POST", "/cache/get", json={"args": ["k"], "kwargs": {}})
        assert response.status_code == 503
        assert "invalid username-password pair or user is disabled." in response.json()["text"]
    finally:
        app.web.stop()
    assert counts.of("plain") == 2


def test_clear_without_a_prefix_flushes_its_database_only(server, tmp_path):
    counts = Counts(tmp_path / "counts")
    settings = {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": server.port,
                "CACHE_REDIS_DB": 2, "CACHE_KEY_PREFIX": ""}
    environment = {"E2E_CACHE": json.dumps(settings), "E2E_COUNTS": str(counts.path)}
    app = App(single(HERE, "flask_app", environment, tmp_path / "web.log"))
    try:
        redis.Redis(port=server.port, db=0).set("other", "stays")
        app.cache("set", "a", 1)
        app.get("/plain")
        assert keys_of(server, 2) == [b"a", b"view//plain"]
        assert app.cache("clear") is True
    finally:
        app.web.stop()
    assert keys_of(server, 2) == []
    assert keys_of(server, 0) == [b"other"]


# --- a server that goes away


def test_a_restart_of_the_server_is_survived_without_restarting_flask(servers, tmp_path):
    server = servers.start()
    server.fixed_port = server.port
    settings = {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": server.port}
    site = Site(server, tmp_path, settings)
    try:
        assert len(site.everywhere("/plain")) == 1
        processes = site.first.processes | site.second.processes

        server.stop()
        site.counts.reset()
        # Cached views compute while the cache is away; what asks the cache itself fails.
        assert len(site.everywhere("/plain", times=2)) == 4
        assert site.counts.of("plain") == 4
        for app in site.apps:
            response = app.request("POST", "/cache/get", json={"args": ["k"], "kwargs": {}})
            assert response.status_code == 503
            assert response.json()["error"] == "redis.exceptions.ConnectionError"

        server.start()
        assert len(site.everywhere("/plain", times=5)) == 1
        for app in site.apps:
            assert app.cache("set", "k", 1) is True
        assert site.counts.of("plain") == 5
        assert len(processes | site.first.processes | site.second.processes) <= 3
    finally:
        site.stop()
