// Echo server in C on io_uring, without liburing: the rings are small enough to be driven by hand.
//
// One multishot accept, one multishot recv per connection out of a shared ring of buffers, and sends straight from
// those buffers: no byte is copied in user space. Sockets live in the ring's own table of descriptors and never
// become numbers of the process. One io_uring_enter submits a whole batch and waits for the next.
#include "peer.h"

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
  SUBMISSIONS = 4096,
  COMPLETIONS = 16384,
  BUFFERS = 2048,          // a power of two; more than the chunks of one batch
  BUFFER_SIZE = 32 * 1024, // large messages need it, and pages never touched cost small ones nothing
  MAX_CONNECTIONS = 65536,
  HIGH_WATER = 16, // chunks that may wait for a slow reader before no more is received from it
};

enum operation { ACCEPT, RECV, SEND, CANCEL, CLOSE };

struct chunk {
  char *bytes;
  uint32_t length, sent;
  struct chunk *next;
};

struct connection {
  struct chunk *first, *last; // to be echoed, in order
  struct chunk *own;          // what is received into when the shared buffers are all in use
  unsigned queued;
  bool receiving, sending, stopping, ended, failed;
};

static int ring_fd, ring; // the ring as a descriptor of the process, and as registered with itself
static unsigned *sq_head, *sq_tail, sq_mask, *cq_head, *cq_tail, cq_mask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;

static struct io_uring_buf_ring *free_buffers;
static uint16_t free_tail;
static int free_count;
static struct chunk chunks[BUFFERS]; // one for each shared buffer

static struct connection *connections;
static bool out_of_slots;
static int listener;

// Submits what is prepared and waits until there are at least so many completions.
static void enter(unsigned wait) {
  unsigned submit = *sq_tail - __atomic_load_n(sq_head, __ATOMIC_ACQUIRE);
  __atomic_store_n(&free_buffers->tail, free_tail, __ATOMIC_RELEASE); // the kernel takes buffers only when entered
  unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING;
  while (syscall(__NR_io_uring_enter, ring, submit, wait, flags, NULL, 0) < 0)
    if (errno != EINTR) die("io_uring_enter");
}

static struct io_uring_sqe *prepare(enum operation operation, uint8_t opcode, uint32_t slot) {
  while (*sq_tail - __atomic_load_n(sq_head, __ATOMIC_ACQUIRE) > sq_mask) enter(0);
  struct io_uring_sqe *sqe = &sqes[*sq_tail & sq_mask];
  *sqe = (struct io_uring_sqe){.opcode = opcode, .fd = slot, .user_data = (uint64_t)slot << 8 | operation};
  // The kernel looks at the tail only when it is entered, so it may move before the caller fills in the rest.
  __atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
  return sqe;
}

static void start_accept(void) {
  struct io_uring_sqe *sqe = prepare(ACCEPT, IORING_OP_ACCEPT, listener);
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  sqe->file_index = IORING_FILE_INDEX_ALLOC;
}

static void start_recv(uint32_t slot) {
  struct connection *c = &connections[slot];
  struct io_uring_sqe *sqe = prepare(RECV, IORING_OP_RECV, slot);
  sqe->flags = IOSQE_FIXED_FILE;
  if (free_count > 0) {
    sqe->ioprio = IORING_RECV_MULTISHOT;
    sqe->flags |= IOSQE_BUFFER_SELECT;
  } else { // slow readers hold all shared buffers: nobody else shall wait for them
    c->own = malloc(sizeof *c->own + BUFFER_SIZE);
    if (!c->own) die("malloc");
    c->own->bytes = (char *)(c->own + 1);
    sqe->addr = (uintptr_t)c->own->bytes;
    sqe->len = BUFFER_SIZE;
  }
  c->receiving = true;
  c->stopping = false;
}

// The multishot recv ends with a completion of its own; the cancellation itself need not be told of.
static void stop_recv(uint32_t slot) {
  struct io_uring_sqe *sqe = prepare(CANCEL, IORING_OP_ASYNC_CANCEL, slot);
  sqe->fd = -1;
  sqe->addr = (uint64_t)slot << 8 | RECV;
  sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
  connections[slot].stopping = true;
}

static void start_send(uint32_t slot) {
  struct connection *c = &connections[slot];
  struct io_uring_sqe *sqe = prepare(SEND, IORING_OP_SEND, slot);
  sqe->addr = (uintptr_t)(c->first->bytes + c->first->sent);
  sqe->len = c->first->length - c->first->sent;
  sqe->msg_flags = MSG_WAITALL | MSG_NOSIGNAL; // the kernel finishes short sends itself
  sqe->flags = IOSQE_FIXED_FILE;
  c->sending = true;
}

static void start_close(uint32_t slot) {
  struct io_uring_sqe *sqe = prepare(CLOSE, IORING_OP_CLOSE, 0);
  sqe->file_index = slot + 1;
  sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
  if (out_of_slots) start_accept();
  out_of_slots = false;
}

static void give_back(struct chunk *chunk) {
  if (chunk < chunks || chunk >= chunks + BUFFERS) {
    free(chunk);
    return;
  }
  struct io_uring_buf *buffer = &free_buffers->bufs[free_tail++ & (BUFFERS - 1)];
  buffer->addr = (uintptr_t)chunk->bytes;
  buffer->len = BUFFER_SIZE;
  buffer->bid = chunk - chunks;
  free_count++;
}

static void append(struct connection *c, struct chunk *chunk, uint32_t length) {
  chunk->length = length;
  chunk->sent = 0;
  if (c->queued++) c->last->next = chunk;
  else c->first = chunk;
  c->last = chunk;
}

static void drop_first(struct connection *c) {
  struct chunk *chunk = c->first;
  c->first = chunk->next;
  c->queued--;
  give_back(chunk);
}

// Starts whatever the connection should be doing now; called after each of its completions.
static void proceed(uint32_t slot) {
  struct connection *c = &connections[slot];
  if (c->sending) {
    if (c->queued >= HIGH_WATER && c->receiving && !c->stopping) stop_recv(slot);
    return;
  }
  while (c->failed && c->queued) drop_first(c);
  if (c->queued) start_send(slot);
  else if (c->receiving) return;
  else if (c->ended || c->failed) start_close(slot);
  else start_recv(slot);
}

static void on_accept(const struct io_uring_cqe *cqe) {
  if (cqe->res >= 0) {
    connections[cqe->res] = (struct connection){0};
    start_recv(cqe->res);
  }
  if (cqe->flags & IORING_CQE_F_MORE) return;
  out_of_slots = cqe->res == -ENFILE;
  if (!out_of_slots) start_accept();
}

static void on_recv(uint32_t slot, const struct io_uring_cqe *cqe) {
  struct connection *c = &connections[slot];
  struct chunk *chunk = c->own;
  c->own = NULL;
  if (cqe->flags & IORING_CQE_F_BUFFER) {
    chunk = &chunks[cqe->flags >> IORING_CQE_BUFFER_SHIFT];
    free_count--;
  }
  if (cqe->res > 0) append(c, chunk, cqe->res);
  else if (chunk) give_back(chunk);
  if (!(cqe->flags & IORING_CQE_F_MORE)) c->receiving = false;
  if (cqe->res == 0) c->ended = true;
  else if (cqe->res < 0 && cqe->res != -ENOBUFS && cqe->res != -ECANCELED) c->failed = true;
  proceed(slot);
}

static void on_send(uint32_t slot, const struct io_uring_cqe *cqe) {
  struct connection *c = &connections[slot];
  c->sending = false;
  if (cqe->res < 0) c->failed = true;
  else if ((c->first->sent += cqe->res) == c->first->length) drop_first(c);
  proceed(slot);
}

static void *map(size_t length, int fd, off_t offset) {
  int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void *address = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (address == MAP_FAILED) die("mmap");
  return address;
}

static void set_up_rings(void) {
  struct io_uring_params p = {.cq_entries = COMPLETIONS};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  ring_fd = must(syscall(__NR_io_uring_setup, SUBMISSIONS, &p), "io_uring_setup");
  size_t sq_length = p.sq_off.array + p.sq_entries * sizeof(unsigned);
  size_t cq_length = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  char *rings = map(sq_length > cq_length ? sq_length : cq_length, ring_fd, IORING_OFF_SQ_RING);
  sqes = map(p.sq_entries * sizeof *sqes, ring_fd, IORING_OFF_SQES);
  sq_head = (unsigned *)(rings + p.sq_off.head);
  sq_tail = (unsigned *)(rings + p.sq_off.tail);
  sq_mask = p.sq_entries - 1;
  cq_head = (unsigned *)(rings + p.cq_off.head);
  cq_tail = (unsigned *)(rings + p.cq_off.tail);
  cq_mask = p.cq_entries - 1;
  cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
  unsigned *array = (unsigned *)(rings + p.sq_off.array);
  for (unsigned i = 0; i < p.sq_entries; i++) array[i] = i; // entries are always used in order

  // A registered ring spares the look-up of its descriptor at every entry.
  struct io_uring_rsrc_update update = {.offset = -1U, .data = ring_fd};
  must(syscall(__NR_io_uring_register, ring_fd, IORING_REGISTER_RING_FDS, &update, 1), "register ring");
  ring = update.offset;
}

static void register_with_ring(unsigned opcode, void *argument, unsigned count) {
  must(syscall(__NR_io_uring_register, ring_fd, opcode, argument, count), "io_uring_register");
}

static void set_up_connections(unsigned limit) {
  unsigned count = limit < MAX_CONNECTIONS ? limit : MAX_CONNECTIONS; // the kernel counts them as descriptors
  connections = map(count * sizeof *connections, -1, 0);
  struct io_uring_rsrc_register table = {.nr = count, .flags = IORING_RSRC_REGISTER_SPARSE};
  register_with_ring(IORING_REGISTER_FILES2, &table, sizeof table);
}

static void set_up_buffers(void) {
  char *memory = map((size_t)BUFFERS * BUFFER_SIZE, -1, 0);
  free_buffers = map(BUFFERS * sizeof(struct io_uring_buf), -1, 0);
  struct io_uring_buf_reg group = {.ring_addr = (uintptr_t)free_buffers, .ring_entries = BUFFERS};
  register_with_ring(IORING_REGISTER_PBUF_RING, &group, 1);
  for (size_t id = 0; id < BUFFERS; id++) {
    chunks[id].bytes = memory + id * BUFFER_SIZE;
    give_back(&chunks[id]);
  }
}

static void take_completions(void) {
  unsigned head = *cq_head, tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
  for (; head != tail; head++) {
    const struct io_uring_cqe *cqe = &cqes[head & cq_mask];
    uint32_t slot = cqe->user_data >> 8;
    switch ((enum operation)(cqe->user_data & 0xff)) {
      case RECV: on_recv(slot, cqe); break;
      case SEND: on_send(slot, cqe); break;
      case ACCEPT: on_accept(cqe); break;
      case CANCEL: connections[slot].stopping = false; break; // it came too late or too early: ask again if need be
      case CLOSE: break;
    }
  }
  __atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
}

// The kernel takes a ring apart some time after its process has ended, and until then the pending accept would keep the
// port. A socket that no longer listens does not.
static void stop_listening(int signal) {
  (void)signal;
  shutdown(listener, SHUT_RDWR);
  _exit(0);
}

int main(int argc, char **argv) {
  int port = port_argument(argc, argv);
  unsigned limit = raise_descriptor_limit();
  set_up_rings();
  set_up_connections(limit);
  set_up_buffers();
  listener = listen_on(port, 0);
  signal(SIGTERM, stop_listening);
  start_accept();
  announce(port);
  for (;;) {
    enter(1);
    take_completions();
  }
}
