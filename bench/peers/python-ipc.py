"""Messages to another process by Python's multiprocessing: python3 python-ipc.py pipe|queue SECONDS"""
import json
import multiprocessing
import resource
import sys
import time

BATCH = 5000


def count(receive, answer):
    while True:
        left = receive()
        if left is None:
            return
        if left == 0:
            answer(0)


def count_pipe(connection):
    count(connection.recv, connection.send)


def count_queue(queue, answers):
    count(queue.get, answers.put)


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def repeat(send, receive, seconds):
    end = time.perf_counter() + seconds
    operations = 0
    while True:
        for left in range(BATCH - 1, -1, -1):
            send(left)
        receive()
        operations += BATCH
        if time.perf_counter() >= end:
            return operations


if __name__ == "__main__":
    if sys.argv[1] == "pipe":
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=count_pipe, args=(theirs,))
        send, receive = ours.send, ours.recv
    else:
        queue, answers = multiprocessing.Queue(1000), multiprocessing.Queue()
        process = multiprocessing.Process(target=count_queue, args=(queue, answers))
        send, receive = queue.put, answers.get
    process.start()
    seconds = float(sys.argv[2])
    warm = repeat(send, receive, 0.5)
    cpu = cpu_seconds(resource.RUSAGE_SELF)
    started = time.perf_counter()
    operations = repeat(send, receive, seconds)
    elapsed = time.perf_counter() - started
    used = cpu_seconds(resource.RUSAGE_SELF) - cpu
    send(None)
    process.join()
    used += cpu_seconds(resource.RUSAGE_CHILDREN) * operations / (operations + warm)
    print(json.dumps({"operations": operations, "seconds": elapsed, "cpuSeconds": used}))
