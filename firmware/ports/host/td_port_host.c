/* The machine tinydeploy runs on: standard input and output are the serial line. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "td_port.h"

void td_port_init(void) {}

uint32_t td_port_ticks(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

uint32_t td_port_tick_hz(void) {
  return 1000000000u;
}

uint32_t td_port_cpu_hz(void) {
  return 0;
}

size_t td_port_read(void *data, size_t size, uint32_t timeout_ms) {
  struct pollfd line = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const int ready = poll(&line, 1, (int)timeout_ms);
  if (ready == 0 || (ready < 0 && errno == EINTR)) {
    return 0;
  }
  const ssize_t got = ready < 0 ? -1 : read(STDIN_FILENO, data, size);
  if (got <= 0) {
    exit(EXIT_SUCCESS); /* the other end of the line is gone */
  }
  return (size_t)got;
}

void td_port_write(const void *data, size_t size) {
  const char *at = data;
  while (size > 0) {
    const ssize_t sent = write(STDOUT_FILENO, at, size);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      exit(EXIT_SUCCESS);
    }
    at += sent;
    size -= (size_t)sent;
  }
}

void *td_port_spare(size_t bytes) {
  return malloc(bytes);
}

uint32_t td_port_stack_used(void) {
  return 0;
}

int main(void) {
  td_main();
  return EXIT_SUCCESS;
}
