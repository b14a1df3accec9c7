#include "model.h"

const uint32_t model_input_offset[MODEL_INPUTS] = {0, 2};
const uint32_t model_input_bytes[MODEL_INPUTS] = {2, TOY_BYTES - 2};
const uint32_t model_output_offset[MODEL_OUTPUTS] = {TOY_BYTES};
const uint32_t model_output_bytes[MODEL_OUTPUTS] = {TOY_BYTES};

static const int8_t weights[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static int8_t wrapped(uint32_t value) {
  return (int8_t)(uint8_t)value;
}

/* The first layer overwrites its input, as an in-place layer does. */
void model_invoke(model_state *state, model_hook hook, void *user) {
  int8_t *input = state->arena;
  int8_t *output = state->arena + TOY_BYTES;
  for (uint32_t i = 0; i < TOY_BYTES; i++) {
    input[i] = wrapped((uint32_t)input[i] + (uint32_t)weights[i % 8u]);
  }
  if (hook != NULL) {
    hook(user, 0, input, TOY_BYTES);
  }
  for (uint32_t i = 0; i < TOY_BYTES; i++) {
    output[i] = wrapped((uint32_t)input[i] * 2u);
  }
  if (hook != NULL) {
    hook(user, 1, output, TOY_BYTES);
  }
}
