/* Many generated models in one test program. */
#ifndef MANY_H
#define MANY_H

#include <stddef.h>
#include <stdint.h>

typedef void (*many_hook)(void *user, uint32_t layer, const void *output, size_t bytes);

/* A model, what it is given and the CRC-32 of what the oracle makes of that: for each sample that
 * of every layer's outputs and then of every output of the model. Where it is 0, floats are near
 * the next ones of `near`. */
typedef struct {
  const char *name;
  int8_t *arena;
  uint32_t samples;
  uint32_t left; /* how many outputs all layers have together */
  uint32_t inputs;
  uint32_t outputs;
  const uint32_t *input_offset;
  const uint32_t *input_bytes;
  const uint32_t *output_offset;
  const uint32_t *output_bytes;
  const int8_t *given;
  const uint32_t *wanted;
  const float *near;
  void (*reset)(void);
  void (*invoke)(many_hook hook, void *user);
} many_net;

void many_run(const many_net *net);

#endif
