"""What operators look at a server with: redis-cli's analyses, and the Prometheus exporter."""

import re
import time

from resp import Aggregate
from test_redis_cli import Terminal, cli, fill


def ask(connection, *command):
    """The reply with lists for aggregates."""
    def plain(reply):
        return [plain(item) for item in reply.items] if isinstance(reply, Aggregate) else reply
    return plain(connection.command(*command))


def test_memkeys(server):
    fill(server, keys=500)
    shown = cli(server, "--memkeys")
    assert "Sampled 501 keys in the keyspace!" in shown
    size, = re.findall(r"Biggest string found .*the-biggest.* has (\d+) bytes", shown)
    with server.connect() as connection:
        assert int(size) == connection.command("MEMORY", "USAGE", "the-biggest") >= 100_000


def test_hotkeys(servers):
    server = servers.start(maxmemory="100mb", maxmemory_policy="allkeys-lfu")
    fill(server, keys=500)
    with server.connect() as connection:
        connection.pipeline([("GET", "key:7")] * 5_000)
    shown = cli(server, "--hotkeys")
    counter, = re.findall(r'hot key found with counter: (\d+)\s+keyname: "key:7"', shown)
    assert int(counter) > 10
    assert "Sampled 501 keys in the keyspace!" in shown


def test_hotkeys_without_a_policy_that_counts(server):
    fill(server, keys=500)
    assert "An LFU maxmemory policy is not selected" in cli(server, "--hotkeys", status=1)


def test_latency_history(server, tmp_path):
    terminal = Terminal(server, "--latency-history", "-i", "1", home=tmp_path)
    try:
        shown = terminal.wait_for(" seconds range")  # 1.00, or a little more
    finally:
        terminal.close()
    least, most, average, samples = re.findall(
        r"min: ([\d.]+), max: ([\d.]+), avg: ([\d.]+) \((\d+) samples\)", shown)[-1]
    assert float(least) <= float(average) <= float(most) and int(samples) > 0


def test_latency_dist(server, tmp_path):
    terminal = Terminal(server, "--latency-dist", "-i", "0.02", home=tmp_path)
    try:
        for _ in range(2):  # the legend is printed again and again
            terminal.wait_for(".01 .125 .25 .5 milliseconds")
            terminal.wait_for("From 0 to 100%:")
    finally:
        terminal.close()


def test_slow_calls_and_pauses_are_found(servers):
    server = servers.start(enable_debug_command="local", latency_monitor_threshold=10)
    with server.connect() as connection:
        ask(connection, "CLIENT", "SETNAME", "sleeper")
        ask(connection, "DEBUG", "SLEEP", "0.05")
        before = int(time.time())
        call, = ask(connection, "SLOWLOG", "GET")
        number, when, duration, arguments, address, name = call
        assert number == 0 and abs(when - before) <= 2 and 50_000 <= duration < 5_000_000
        assert arguments == [b"DEBUG", b"SLEEP", b"0.05"]
        assert address.startswith(b"127.0.0.1:") and name == b"sleeper"
        (event, when, latest, longest), = ask(connection, "LATENCY", "LATEST")
        assert event == b"command" and abs(when - before) <= 2 and 50 <= latest == longest


def test_reads_tell_when_a_key_was_used_although_nobody_writes(servers):
    server = servers.start(maxmemory_policy="allkeys-lru")
    with server.connect() as connection:
        connection.command("SET", "key", "value")
        time.sleep(2.2)
        connection.command("GET", "key")  # before OBJECT, which tells the time itself
        assert connection.command("OBJECT", "IDLETIME", "key") <= 1


def info(connection, section):
    text = ask(connection, "INFO", section).decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def test_what_the_prometheus_exporter_asks(server):
    """The commands of redis_exporter, and of their replies what it reads."""
    fill(server, keys=500)
    with server.connect() as connection:
        settings = ask(connection, "CONFIG", "GET", "*")
        names, values = settings[::2], settings[1::2]
        assert len(names) == len(values) and b"maxmemory" in names
        assert int(values[names.index(b"maxclients")]) > 0

        fields = info(connection, "ALL")
        assert fields["role"] == "master" and re.fullmatch(r"\d+\.\d+\.\d+", fields["redis_version"])
        for name in ("uptime_in_seconds", "process_id", "connected_clients", "blocked_clients",
                     "used_memory", "used_memory_rss", "maxmemory", "used_cpu_sys",
                     "total_commands_processed", "keyspace_hits", "evicted_keys",
                     "mem_fragmentation_ratio", "rdb_changes_since_last_save", "loading"):
            assert float(fields[name]) >= 0, name
        assert re.fullmatch(r"keys=501,expires=0,avg_ttl=0(,\w+=\d+)*", fields["db0"])
        statistics = fields["cmdstat_set"]
        assert re.fullmatch(r"calls=\d+,usec=\d+,usec_per_call=[\d.]+,rejected_calls=\d+,"
                            r"failed_calls=\d+", statistics)
        assert re.fullmatch(r"p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+",
                            fields["latency_percentiles_usec_set"])

        assert ask(connection, "SLOWLOG", "LEN") >= 0
        assert isinstance(ask(connection, "SLOWLOG", "GET", "1"), list)
        assert isinstance(ask(connection, "LATENCY", "LATEST"), list)

        histogram = ask(connection, "LATENCY", "HISTOGRAM")
        of_set = histogram[histogram.index(b"set") + 1]
        assert of_set[0] == b"calls" and of_set[2] == b"histogram_usec"
        limits, counts = of_set[3][::2], of_set[3][1::2]
        assert limits == sorted(limits) and counts == sorted(counts) and counts[-1] == of_set[1]

        clients = ask(connection, "CLIENT", "LIST").decode().splitlines()
        for client in clients:
            parts = dict(part.split("=", 1) for part in client.split(" "))
            assert parts["addr"] and int(parts["age"]) >= 0 and int(parts["idle"]) >= 0
