# SPDX-License-Identifier: Apache-2.0
"""One piece of work in one of Python's pools, with 2 workers; prints one line of JSON.

    python3 python_pool.py POOL version          {"version": "..."}
    python3 python_pool.py POOL WORK ARGUMENT... {"seconds": 1.25}

POOL is executor (concurrent.futures.ProcessPoolExecutor), multiprocessing (multiprocessing.Pool),
loky (the executor inside joblib) or mpi (mpi4py.futures; started through mpiexec with one process
more than it has workers). Making the pool and warming it up is not part of the time, but for the
work `create`.
"""
import json
import multiprocessing
import platform
import sys
import time

WORKERS = 2


def square(x):
    return x * x


def scale(x):
    return x * 1.5 + 0.25


def echo(x):
    return x


class Executor:
    """concurrent.futures.ProcessPoolExecutor."""

    def __init__(self):
        from concurrent.futures import ProcessPoolExecutor

        self.pool = ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("fork"))

    @staticmethod
    def version():
        return "CPython " + platform.python_version()

    def map(self, function, items, chunk):
        return self.pool.map(function, items, chunksize=chunk)

    def call(self, function, item):
        return self.pool.submit(function, item).result()

    def close(self):
        self.pool.shutdown()


class Multiprocessing(Executor):
    """multiprocessing.Pool. imap gives results one by one, as the others' map does."""

    def __init__(self):
        self.pool = multiprocessing.get_context("fork").Pool(WORKERS)

    def map(self, function, items, chunk):
        return self.pool.imap(function, items, chunksize=chunk)

    def call(self, function, item):
        return self.pool.apply(function, (item,))

    def close(self):
        self.pool.close()
        self.pool.join()


class Loky(Executor):
    """The executor inside joblib."""

    def __init__(self):
        from joblib.externals.loky import ProcessPoolExecutor

        self.pool = ProcessPoolExecutor(WORKERS)

    @staticmethod
    def version():
        import joblib
        from joblib.externals import loky

        return f"{loky.__version__} (joblib {joblib.__version__})"


class Mpi(Executor):
    """mpi4py.futures."""

    def __init__(self):
        from mpi4py.futures import MPIPoolExecutor

        self.pool = MPIPoolExecutor(WORKERS)

    @staticmethod
    def version():
        import mpi4py

        return mpi4py.__version__


POOLS = {"executor": Executor, "multiprocessing": Multiprocessing, "loky": Loky, "mpi": Mpi}


def timed_map(pool, function, items, chunk):
    start = time.perf_counter()
    count = 0
    for _ in pool.map(function, items, chunk):
        count += 1
    seconds = time.perf_counter() - start
    if count != len(items):
        sys.exit(f"{count} results for {len(items)} items")
    return seconds


def chunk_1(pool, count):
    return timed_map(pool, square, range(int(count)), 1)


def best_chunk(pool, count):
    items = [float(item) for item in range(int(count))]
    return min(timed_map(pool, scale, items, chunk) for chunk in (1000, 10000, 100000))


def payload(pool, size, count):
    # Written to, so that they have pages of their own; together larger than most caches.
    blocks = [bytes([number]) * int(size) for number in range(4)]
    return timed_map(pool, echo, [blocks[item % 4] for item in range(int(count))], 1)


def round_trip(pool, count):
    start = time.perf_counter()
    for item in range(int(count)):
        pool.call(square, item)
    return time.perf_counter() - start


WORKS = {"chunk-1": chunk_1, "best-chunk": best_chunk, "payload": payload, "round-trip": round_trip}


def create(make_pool):
    start = time.perf_counter()
    pool = make_pool()
    if list(pool.map(square, range(5), 1)) != [0, 1, 4, 9, 16]:
        sys.exit("wrong squares")
    pool.close()
    return time.perf_counter() - start


def main():
    make_pool = POOLS[sys.argv[1]]
    work, arguments = sys.argv[2], sys.argv[3:]
    if work == "version":
        print(json.dumps({"version": make_pool.version()}))
        return
    if work == "create":
        print(json.dumps({"seconds": create(make_pool)}))
        return
    pool = make_pool()
    list(pool.map(echo, range(4), 1))
    seconds = WORKS[work](pool, *arguments)
    pool.close()
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
