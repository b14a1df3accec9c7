/* A hand-written model of the form the ahead-of-time engine generates: two layers over TOY_BYTES
 * bytes. */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "model_scales.h"

#ifndef TOY_BYTES
#define TOY_BYTES 8
#endif

#define MODEL_NAME "toy"
#define MODEL_SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define MODEL_ARENA_BYTES (2 * TOY_BYTES)
#define MODEL_LAYERS 2
#define MODEL_INPUTS 2
#define MODEL_OUTPUTS 1
#define MODEL_OUTPUT_KINDS "b"

typedef struct {
  _Alignas(16) int8_t arena[MODEL_ARENA_BYTES];
} model_state;

static inline void model_reset(model_state *state) {
  (void)state;
}

typedef void (*model_hook)(void *user, uint32_t layer, const void *output, size_t bytes);

void model_invoke(model_state *state, model_hook hook, void *user);

extern const uint32_t model_input_offset[MODEL_INPUTS];
extern const uint32_t model_input_bytes[MODEL_INPUTS];
extern const uint32_t model_output_offset[MODEL_OUTPUTS];
extern const uint32_t model_output_bytes[MODEL_OUTPUTS];

#endif
