// What the server has used so far, read from outside.
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"

struct server_clock {
  uint64_t cpu_ns, switches;
};

// Voluntary and other context switches of all threads.
static inline uint64_t server_switches(pid_t pid) {
  char path[64 + sizeof((struct dirent *)0)->d_name], line[256];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) die(path);
  uint64_t sum = 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, task->d_name);
    FILE *status = fopen(path, "r");
    if (!status) continue; // the thread has just ended
    unsigned long long count;
    while (fgets(line, sizeof line, status))
      if (sscanf(line, "voluntary_ctxt_switches: %llu", &count) == 1 ||
          sscanf(line, "nonvoluntary_ctxt_switches: %llu", &count) == 1)
        sum += count;
    fclose(status);
  }
  closedir(tasks);
  return sum;
}

// The process's own CPU clock: what the schedstat files of its threads add up to, but exact to the moment (those lag by
// up to a tick) and including threads that have ended.
static inline struct server_clock read_server_clock(pid_t pid) {
  struct server_clock clock = {0};
  if (!pid) return clock;
  clockid_t id;
  struct timespec t;
  if ((errno = clock_getcpuclockid(pid, &id)) || clock_gettime(id, &t)) die("CPU clock of --pid");
  clock.cpu_ns = t.tv_sec * 1000000000ull + t.tv_nsec;
  clock.switches = server_switches(pid);
  return clock;
}
