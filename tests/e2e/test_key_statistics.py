"""LARDER.STATS and LARDER.HOTKEYS, as an operator asks for them with redis-cli and redis-py."""

import json
import subprocess
from pathlib import Path

import pytest
import redis
import requests

from resp import encode
from server_process import PATIENCE, poll
from web_process import single

pytestmark = pytest.mark.usefixtures("larder_only")

PAGES = "flask_cache_view//"


@pytest.fixture
def exact_server(servers):
    """Looks at every request, so that its figures are exact."""
    return servers.start(threads=2, key_stats_sampling=1)


def cli_json(server, *arguments):
    done = subprocess.run(
        ["redis-cli", "-3", "-p", str(server.port), "--json", *arguments],
        capture_output=True, timeout=60 * PATIENCE, check=True)
    return json.loads(done.stdout)


def prefixes(server):
    rows = cli_json(server, "LARDER.STATS", "PREFIXES")["prefixes"]
    return {row["prefix"]: row for row in rows}


def test_flask_pages_have_a_prefix_of_their_own_with_their_hit_ratio(exact_server, tmp_path):
    settings = {"CACHE_REDIS_HOST": "127.0.0.1", "CACHE_REDIS_PORT": exact_server.port}
    environment = {"E2E_CACHE": json.dumps(settings), "E2E_COUNTS": str(tmp_path / "counts")}
    app = single(Path(__file__).parent, "flask_app", environment, tmp_path / "web.log")
    try:
        for path in ["/plain", "/forever", "/default-timeout"] * 10 + ["/plain"] * 30:
            assert requests.get(app.url + path, timeout=30 * PATIENCE).status_code == 200
    finally:
        app.stop()
    pages = prefixes(exact_server)[PAGES]
    assert (pages["hits"], pages["misses"], pages["hit_ratio"]) == (57, 3, 0.95)
    assert pages["error"] == 0

    hot = cli_json(exact_server, "LARDER.HOTKEYS", "COUNT", "1")
    assert hot["keys"][0]["key"] == PAGES + "plain"
    assert 0 < hot["keys"][0]["requests_per_second"] <= hot["requests_per_second"]


def test_prefixes_can_be_as_deep_as_the_paths_of_pages(exact_server):
    with exact_server.connect() as connection:
        connection.command("CONFIG", "SET", "prefix-depth", "2")
        assert prefixes(exact_server) == {}
        for number in range(10):
            connection.command("GET", f"{PAGES}products/{number}")
        connection.command("GET", PAGES + "about")
    assert {name: row["misses"] for name, row in prefixes(exact_server).items()} == {
        PAGES + "products/": 10, PAGES: 1}


def test_expired_keys_are_counted_for_their_prefix(exact_server):
    with exact_server.connect() as connection:
        connection.pipeline([["SET", f"session:{n}", "x", "PX", "50"] for n in range(500)])
    counted = poll(lambda: prefixes(exact_server).get("session:", {}).get("expired") == 500,
                   "all sessions to expire")
    assert counted
    assert exact_server.info()["expired_keys"] == "500"


def test_a_hot_key_is_found_among_many_while_sampling(servers):
    server = servers.start(threads=2)
    with server.connect() as connection:
        for batch in range(100):
            cold = [["GET", f"cold:{batch}-{n}"] for n in range(900)]
            connection.pipeline(cold + [["GET", "hot"]] * 100)
    hot = cli_json(server, "LARDER.HOTKEYS", "COUNT", "3")["keys"]
    assert hot[0]["key"] == "hot"
    rows = prefixes(server)
    assert 75_000 <= rows["cold:"]["misses"] <= 105_000
    # All lookups are counted, but for those that the samplers of the 16 shards have passed over
    # last.
    assert 100_000 - 16 * 192 <= sum(row["misses"] for row in rows.values()) <= 100_000


def test_redis_cli_shows_the_subcommands(server):
    shown = subprocess.run(["redis-cli", "-p", str(server.port), "LARDER.STATS", "HELP"],
                           capture_output=True, timeout=60 * PATIENCE, check=True).stdout.decode()
    assert "PREFIXES [COUNT count]" in shown


def test_info_has_the_figures_where_redis_py_finds_them(exact_server):
    client = redis.Redis(port=exact_server.port)
    client.get("a=b,c:1")
    info = client.info("prefixes")
    assert info["prefix0"]["name"] == r"a\x3db\x2cc:"
    assert info["prefix0"]["misses"] == 1
    assert client.info("hotkeys")["hotkey0"]["name"] == r"a\x3db\x2cc:1"
    assert "prefix0" not in client.info()


def test_settings_last_through_config_rewrite(servers, tmp_path):
    path = tmp_path / "larder.conf"
    path.write_text('prefix-delimiters "| _"\n')
    server = servers.start(config_file=path, key_stats_sampling=1)
    with server.connect() as connection:
        connection.send(encode("GET", "a:b|c"))
        connection.read()
        assert list(prefixes(server)) == ["a:b|"]
        connection.command("CONFIG", "SET", "prefix-delimiters", ": |", "hotkeys-max", "7")
        connection.command("CONFIG", "REWRITE")
    text = path.read_text()
    assert 'prefix-delimiters ": |"' in text
    assert "hotkeys-max 7" in text
