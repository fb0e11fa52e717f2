// Random reads of 4 KiB in C on io_uring, without liburing: the loop that nothing should be able to beat.
//
//   uring-read <file> <seconds> <in flight> [direct] [fixed-files] [fixed-buffers]
//
// Prints one line of JSON: reads, seconds, and processor time in nanoseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef IORING_SETUP_NO_SQARRAY // newer than Debian's headers
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

enum { BLOCK = 4096, IN_FLIGHT_MAX = 1024 };

static long must(long result, const char *what) {
  if (result >= 0) return result;
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static bool has(int argc, char **argv, const char *word) {
  for (int i = 4; i < argc; i++)
    if (strcmp(argv[i], word) == 0) return true;
  return false;
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: uring-read <file> <seconds> <in flight> [options]\n"), 2;
  double seconds = atof(argv[2]);
  int in_flight = atoi(argv[3]);
  if (in_flight < 1 || in_flight > IN_FLIGHT_MAX) return 2;
  bool fixed_files = has(argc, argv, "fixed-files"), fixed_buffers = has(argc, argv, "fixed-buffers");
  int file = must(open(argv[1], O_RDONLY | (has(argc, argv, "direct") ? O_DIRECT : 0)), argv[1]);
  struct stat status;
  must(fstat(file, &status), "fstat");
  uint64_t blocks = status.st_size / BLOCK;

  struct io_uring_params parameters = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
               IORING_SETUP_NO_SQARRAY,
  };
  int ring = must(syscall(__NR_io_uring_setup, 2 * IN_FLIGHT_MAX, &parameters), "io_uring_setup");
  size_t size = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
  char *rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entries = mmap(NULL, parameters.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  if (rings == MAP_FAILED || (void *)entries == MAP_FAILED) must(-1, "mmap");
  unsigned *sq_tail = (unsigned *)(rings + parameters.sq_off.tail), sq_mask = parameters.sq_entries - 1;
  unsigned *cq_head = (unsigned *)(rings + parameters.cq_off.head);
  unsigned *cq_tail = (unsigned *)(rings + parameters.cq_off.tail), cq_mask = parameters.cq_entries - 1;
  struct io_uring_cqe *completions = (struct io_uring_cqe *)(rings + parameters.cq_off.cqes);

  char *memory = aligned_alloc(BLOCK, (size_t)in_flight * BLOCK);
  memset(memory, 0, (size_t)in_flight * BLOCK);
  struct iovec whole = {memory, (size_t)in_flight * BLOCK};
  if (fixed_files) must(syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &file, 1), "IORING_REGISTER_FILES");
  if (fixed_buffers)
    must(syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS, &whole, 1), "IORING_REGISTER_BUFFERS");

  uint64_t random = 88172645463325252, reads = 0;
  unsigned tail = *sq_tail, head = *cq_head;
  int ready[IN_FLIGHT_MAX], ready_count = in_flight, running = 0;
  for (int i = 0; i < in_flight; i++) ready[i] = i;
  double start = now(), end = start + seconds;
  while (ready_count > 0 || running > 0) {
    if (now() >= end) ready_count = 0;
    for (int i = 0; i < ready_count; i++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      entries[tail++ & sq_mask] = (struct io_uring_sqe){
          .opcode = fixed_buffers ? IORING_OP_READ_FIXED : IORING_OP_READ,
          .flags = fixed_files ? IOSQE_FIXED_FILE : 0,
          .fd = fixed_files ? 0 : file,
          .addr = (uintptr_t)(memory + (size_t)ready[i] * BLOCK),
          .len = BLOCK,
          .off = random % blocks * BLOCK,
          .user_data = ready[i],
      };
    }
    running += ready_count;
    if (running == 0) break;
    __atomic_store_n(sq_tail, tail, __ATOMIC_RELEASE);
    while (syscall(__NR_io_uring_enter, ring, ready_count, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
      if (errno != EINTR) must(-1, "io_uring_enter");
    ready_count = 0;
    for (unsigned last = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE); head != last; head++) {
      struct io_uring_cqe *completion = &completions[head & cq_mask];
      if (completion->res != BLOCK) return fprintf(stderr, "read: %d\n", completion->res), 1;
      ready[ready_count++] = completion->user_data;
    }
    __atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
    running -= ready_count;
    reads += ready_count;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"reads\": %llu, \"seconds\": %.6f, \"cpuNs\": %.0f}\n", (unsigned long long)reads, now() - start, cpu * 1e9);
}
