// What the modes with many connections share: requests sent, answers received and checked, without ever blocking.
#pragma once

#include "load.h"

struct connection {
  int fd; // -1 once it is over
  uint32_t index;
  uint64_t request, seed, started_ns; // of the request in flight, or the last one
  size_t sent, received;
  bool wrong;  // some byte of its answer was
  bool ending; // half-closed: the server is to close in turn
  bool again;  // for the mode "held": the next request follows at once
};

// What has happened so far, on all connections.
extern unsigned open_count;
extern uint64_t mismatches, errors;

// Called when the answer to the request in flight is complete. False when the connection has failed.
typedef bool answer_handler(struct connection *c);

void set_up_exchange(size_t request_size, answer_handler *on_answer);

// Connects all of them. Answers how many are.
unsigned open_connections(const struct options *options, struct connection *connections);

// False when the connection has failed.
bool start_request(struct connection *c, uint64_t now);

// Half-closes a connection that has no request in flight. False when it has failed.
bool end_connection(struct connection *c);

void finish(struct connection *c, bool as_expected);

// Serves the events that there are, or the first that come until the deadline. Answers their number.
int serve_events(uint64_t now, uint64_t deadline);

// Serves events until the given moment or until there is no connection left.
void run_until(uint64_t deadline);
