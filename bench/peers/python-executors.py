"""Empty calls by Python's executors: python3 python-executors.py thread|process roundtrips|batches SECONDS"""
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

# As many as in batches of ours.
BATCH = 2000


def nothing():
    pass


def round_trips(executor):
    for _ in range(BATCH):
        executor.submit(nothing).result()


def batches(executor):
    for future in [executor.submit(nothing) for _ in range(BATCH)]:
        future.result()


def repeat(executor, work, seconds):
    end = time.perf_counter() + seconds
    operations = 0
    while True:
        work(executor)
        operations += BATCH
        if time.perf_counter() >= end:
            return operations


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    kind, what, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    work = round_trips if what == "roundtrips" else batches
    executor = ThreadPoolExecutor(1) if kind == "thread" else ProcessPoolExecutor(1)
    warm = repeat(executor, work, 0.5)
    cpu = cpu_seconds(resource.RUSAGE_SELF)
    started = time.perf_counter()
    operations = repeat(executor, work, seconds)
    elapsed = time.perf_counter() - started
    used = cpu_seconds(resource.RUSAGE_SELF) - cpu
    executor.shutdown()
    # What the processes used, which is known when they have ended; their share of the time that counts.
    used += cpu_seconds(resource.RUSAGE_CHILDREN) * operations / (operations + warm)
    print(json.dumps({"operations": operations, "seconds": elapsed, "cpuSeconds": used}))
