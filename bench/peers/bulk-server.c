// Sink or source of bulk transfers in C, with plain blocking calls: the least a transfer can cost.
//
//   bulk-server <port> source <bytes>   sends the pattern to whoever connects, then closes
//   bulk-server <port> sink <bytes>     reads until the end, checks the pattern, then closes; a transfer that was
//                                       not exactly that is answered with a reset
#include "peer.h"

#include <stdbool.h>

#include "pattern.h"

enum { CHUNK = 64 * 1024 };

static void source(int fd, uint64_t bytes) {
  for (uint64_t sent = 0; sent < bytes;) {
    size_t length = bytes - sent < CHUNK ? bytes - sent : CHUNK;
    ssize_t n = send(fd, pattern_at(sent), length, 0);
    if (n >= 0) sent += n;
    else if (errno != EINTR) return; // the peer has gone, which its own count will show
  }
}

static bool sink(int fd, uint64_t bytes) {
  static char buffer[CHUNK];
  bool intact = true;
  for (uint64_t received = 0;;) {
    ssize_t n = recv(fd, buffer, CHUNK, 0);
    if (n == 0) return intact && received == bytes;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    intact &= pattern_matches(buffer, n, received);
    received += n;
  }
}

int main(int argc, char **argv) {
  int port = port_argument(argc, argv);
  bool is_source = argc == 4 && strcmp(argv[2], "source") == 0;
  if (argc != 4 || (!is_source && strcmp(argv[2], "sink") != 0)) {
    fprintf(stderr, "usage: %s <port> sink|source <bytes>\n", argv[0]);
    return 2;
  }
  uint64_t bytes = strtoull(argv[3], NULL, 10);
  pattern_set_up();
  int listener = listen_on(port, 0);
  announce(port);
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (is_source) source(fd, bytes);
    else if (!sink(fd, bytes)) {
      struct linger reset = {.l_onoff = 1, .l_linger = 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    close(fd);
  }
}
