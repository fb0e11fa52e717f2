// One large transfer over one connection, in either direction.
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pattern.h"
#include "load.h"
#include "server-clock.h"

// Sends everything, half-closes and waits for the server to have read it all: it then closes, saying nothing.
static uint64_t send_all(int fd, const struct options *options, uint64_t *mismatches) {
  uint64_t sent = 0;
  while (sent < options->bulk) {
    size_t length = options->bulk - sent < options->chunk ? options->bulk - sent : options->chunk;
    ssize_t n = send(fd, pattern_at(sent), length, 0);
    if (n >= 0) sent += n;
    else if (errno != EINTR) break;
  }
  shutdown(fd, SHUT_WR);
  char unexpected;
  if (recv(fd, &unexpected, 1, 0) != 0 || sent != options->bulk) ++*mismatches; // a word, a reset or a short transfer
  return sent;
}

static uint64_t receive_all(int fd, const struct options *options, uint64_t *mismatches) {
  static char buffer[PATTERN_PIECE];
  for (uint64_t received = 0;;) {
    ssize_t n = recv(fd, buffer, options->chunk, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      if (n < 0 || received != options->bulk) ++*mismatches;
      return received;
    }
    if (!pattern_matches(buffer, n, received)) ++*mismatches;
    received += n;
  }
}

int run_bulk(const struct options *options) {
  pattern_set_up();
  struct server_clock before = read_server_clock(options->pid);
  int fd = connect_to(options);
  if (fd < 0) die("connect");
  say("measuring");
  uint64_t started = now_ns(), mismatches = 0;
  uint64_t bytes = (options->receive ? receive_all : send_all)(fd, options, &mismatches);
  double seconds = (now_ns() - started) / 1e9;
  struct server_clock after = read_server_clock(options->pid);
  say("measured");
  close(fd);

  printf("{\"bytes\":%llu,\"seconds\":%.6f,\"bytesPerSecond\":%.0f,\"mismatches\":%llu", (unsigned long long)bytes,
         seconds, bytes / seconds, (unsigned long long)mismatches);
  if (options->pid) printf(",\"serverCpuNs\":%llu", (unsigned long long)(after.cpu_ns - before.cpu_ns));
  puts("}");
  return mismatches ? 1 : 0;
}
