/* SPDX-License-Identifier: Apache-2.0
 *
 * Not a library but a program that stands for a plugin's process that has been taken over: it answers the engine with
 * messages of the right kind and the wrong content, and then scribbles over all memory that it is given. With
 * STATE_BYTES it behaves, says that it has so much state, saves it once and ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef STATE_BYTES
#define STATE_BYTES 64
#define SCRIBBLES 1
#else
#define SCRIBBLES 0
#endif

enum { SOCKET = 3, CLASSES = 2, FORMAT = 4, RUNNING = 6, FAILED = 7 };

static void send_message(uint32_t kind, uint32_t told, const void *bytes, size_t count) {
  const uint32_t head[] = {kind, told};
  if (write(SOCKET, head, sizeof head) < 0 || write(SOCKET, bytes, count) < 0) _exit(0);
}

/* Up to three descriptors come with what is received. */
static void receive(int *descriptors) {
  char bytes[65536], control[CMSG_SPACE(3 * sizeof(int))];
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(SOCKET, &message, 0) <= 0) _exit(0);
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  if (head && head->cmsg_len == CMSG_LEN(3 * sizeof(int))) memcpy(descriptors, CMSG_DATA(head), 3 * sizeof(int));
}

static void pack_u32(uint8_t **at, uint32_t number) { memcpy(*at, &number, 4), *at += 4; }
static void pack_f64(uint8_t **at, double number) { memcpy(*at, &number, 8), *at += 8; }

static void pack_names(uint8_t **at, uint32_t count) {
  pack_u32(at, 1);
  for (uint32_t i = 0; i < count; i++) pack_u32(at, 1), memcpy(*at, "c", 2), *at += 2;
}

/* Latency, bytes of state, port, rate, channels, values, frames, bin, unit, names of channels and values. */
static void tell_format(uint32_t way) {
  uint8_t bytes[256], *at = bytes;
  pack_f64(&at, way == 1 ? -1e300 : 0);
  pack_u32(&at, way == 2 ? UINT32_MAX : STATE_BYTES);
  pack_u32(&at, 1);
  pack_f64(&at, way == 3 ? -1 : 1000);
  pack_u32(&at, way == 4 ? UINT32_MAX : 5);
  pack_u32(&at, way == 5 ? UINT32_MAX / 5 : 1);
  pack_u32(&at, way == 6 ? UINT32_MAX : 32);
  pack_f64(&at, 0);
  pack_u32(&at, UINT32_MAX);
  pack_names(&at, way == 7 ? 0 : 5);
  pack_u32(&at, way == 7);
  send_message(FORMAT, way == 8 ? UINT32_MAX : (uint32_t)(at - bytes), bytes, (size_t)(at - bytes));
}

int main(void) {
  int descriptors[3] = {-1, -1, -1};
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  srand((unsigned)now.tv_nsec);
  const uint32_t way = SCRIBBLES ? (uint32_t)rand() % 14 : 0;
  receive(descriptors);
  if (way == 9) send_message(FAILED, 8, "\xff\xff\xff\x7f" "1234", 8);
  if (way == 10) send_message(77, 0, "", 0);
  send_message(CLASSES, 0, "", 0);
  receive(descriptors);
  if (way == 11) return 0;
  tell_format(way);
  receive(descriptors);
  send_message(RUNNING, 0, "", 0);
  for (int i = 0; i < 3; i++) {
    struct stat info;
    if (fstat(descriptors[i], &info) != 0) return 0;
    uint8_t *memory = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[i], 0);
    if (ftruncate(descriptors[i], 0) == 0 || memory == MAP_FAILED) return 0;
    if (!SCRIBBLES && i == 2) memory[0] = 1; /* the number of what was saved last */
    for (int writes = 0; SCRIBBLES && writes < 200000; writes++) {
      const size_t at = (size_t)rand() % (way == 12 ? 192 : (size_t)info.st_size / 8) * 8 % (size_t)info.st_size;
      const uint64_t word = (uint64_t)rand() % 4 ? (uint64_t)(rand() % 256) * 64 : ~0ull - (uint64_t)rand();
      memcpy(memory + at, &word, 8);
    }
  }
  usleep(200000);
  return 0;
}
