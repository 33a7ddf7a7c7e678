"""The loads of the comparison: what is sent, what is compared, and the figure that is aimed at."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Load:
    """One row of the comparison.

    `kind` says what is compared:
      rate     requests per second, Larder : Redis, at least `target`
      cpu      processor time per request, Larder : Redis, at most `target`
      tail     p99.9 at a fixed rate, half of what saturates Redis, Larder : Redis, at most `target`
      idle     bytes of resident memory per idle connection, at most `target`
      threads  processor time per request with `threads` threads : with one, at most `target`
      hot      requests per second with `threads` threads : with one, at least `target`
      writer   requests per second of readers, with a writer on the same key : without, at least
               `target`
    """

    name: str
    title: str
    kind: str
    target: float
    arguments: tuple
    threads: int = 1

    @property
    def at_least(self):
        return self.kind in ("rate", "hot", "writer")


def _args(text):
    return tuple(text.split())


IDLE_CONNECTIONS = 15_000

LOADS = (
    Load("get-p100", "GET 256 B, pipeline 100, 8 connections", "rate", 4.0,
         _args("-m get -c 8 -P 100 -k 100000 --value-size 256")),
    Load("set-p100", "SET 256 B, pipeline 100, 8 connections", "rate", 3.5,
         _args("-m set -c 8 -P 100 -k 100000 --value-size 256")),
    Load("mix-p16", "1 SET : 10 GET, 256 B, pipeline 16, 16 connections", "rate", 2.3,
         _args("-m get=10,set=1 -c 16 -P 16 -k 100000 --value-size 256")),
    Load("get-4m", "GET of 4 M keys x 64 B, pipeline 32, 16 connections", "rate", 3.0,
         _args("-m get -c 16 -P 32 -k 4000000 --value-size 64")),
    Load("mget-100", "MGET of 100 keys, 256 B, 16 connections", "rate", 3.0,
         _args("-m mget --keys-per-request 100 -c 16 -k 100000 --value-size 256")),
    Load("get-c32", "GET 256 B, no pipeline, 32 connections", "cpu", 0.90,
         _args("-m get -c 32 -k 100000 --value-size 256")),
    Load("get-c1000", "GET 256 B, no pipeline, 1000 connections", "cpu", 0.90,
         _args("-m get -c 1000 -k 100000 --value-size 256")),
    Load("get-16k", "GET 16 KB, pipeline 4, 8 connections", "rate", 1.1,
         _args("-m get -c 8 -P 4 -k 2000 --value-size 16384")),
    Load("get-1m", "GET 1 MB, no pipeline, 4 connections", "rate", 1.1,
         _args("-m get -c 4 -k 64 --value-size 1048576")),
    Load("set-16k", "SET 16 KB, pipeline 4, 8 connections", "rate", 1.05,
         _args("-m set -c 8 -P 4 -k 2000 --value-size 16384")),
    Load("set-1m", "SET 1 MB, no pipeline, 4 connections", "rate", 1.05,
         _args("-m set -c 4 -k 64 --value-size 1048576")),
    Load("open", "GET 256 B, open loop at half of Redis's saturation, 32 connections", "tail", 1.0,
         _args("-m get -c 32 -k 100000 --value-size 256")),
    Load("idle", f"memory of an idle connection, {IDLE_CONNECTIONS:,} held", "idle", 1024, ()),
    Load("threads-2", "GET 256 B, pipeline 16, 2 threads", "threads", 1.15,
         _args("-m get -c 32 -P 16 -k 100000 --value-size 256"), threads=2),
    Load("threads-4", "GET 256 B, pipeline 16, 4 threads", "threads", 1.15,
         _args("-m get -c 32 -P 16 -k 100000 --value-size 256"), threads=4),
    Load("hot", "GET of one single key by 2 threads, pipeline 16", "hot", 1.0,
         _args("-m get -c 32 -P 16 -k 1 --value-size 256"), threads=2),
    Load("hot-writer", "GET of one single key beside a writer of it", "writer", 0.5,
         _args("-m get -c 32 -P 16 -k 1 --value-size 256"), threads=2),
)
