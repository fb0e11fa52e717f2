// What the two modes of the load generator share.
#pragma once

#define _GNU_SOURCE

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct options {
  const char *host;
  int port;
  pid_t pid; // of the server, 0: not given
  unsigned connections;
  size_t size;
  double warmup, seconds;
  uint64_t bulk; // bytes of one transfer, 0: echo mode
  size_t chunk;
  bool receive;
  bool held;
  unsigned window; // requests in flight at most, in the mode "held"
  double patience; // seconds without an event after which it gives up there
};

int run_echo(const struct options *options);
int run_held(const struct options *options);
int run_bulk(const struct options *options);

// A connected, blocking socket with TCP_NODELAY, or -1 with errno.
int connect_to(const struct options *options);

uint64_t now_ns(void);

// Tells the runner at once: "measuring" and "measured" are its cue to read clocks of its own.
void say(const char *line);

_Noreturn void die(const char *what);
