/* td_model.h over the C that the ahead-of-time engine generates. */
#include "td_model.h"

#include "model.h"

const char td_model_engine[] = "aot";
const char td_model_name[] = MODEL_NAME;
const char td_model_sha256[] = MODEL_SHA256;

static TD_ARENA_PLACE model_state td_model_state;

td_status td_model_init(void) {
  int holds = 1;
  for (uint32_t input = 0; input < MODEL_INPUTS; input++) {
    holds &= model_scale_holds(&model_input_scale[input]);
  }
  return holds ? td_model_reset() : TD_ERROR_SCHEMA;
}

td_status td_model_reset(void) {
  model_reset(&td_model_state);
  return TD_OK;
}

uint32_t td_model_input_count(void) {
  return MODEL_INPUTS;
}

uint32_t td_model_output_count(void) {
  return MODEL_OUTPUTS;
}

static uint8_t *arena(void) {
  return (uint8_t *)td_model_state.arena;
}

void *td_model_input(uint32_t index, size_t *bytes) {
  *bytes = model_input_bytes[index];
  return arena() + model_input_offset[index];
}

const void *td_model_output(uint32_t index, size_t *bytes) {
  *bytes = model_output_bytes[index];
  return arena() + model_output_offset[index];
}

static uint32_t item_bytes(char kind) {
  switch (kind) {
  case 'h':
    return 2;
  case 'i':
  case 'f':
    return 4;
  default:
    return 1;
  }
}

/* An integer's value, whatever its size. */
static int32_t whole(char kind, const void *data, uint32_t item) {
  switch (kind) {
  case 'B':
    return ((const uint8_t *)data)[item];
  case 'h':
    return ((const int16_t *)data)[item];
  case 'i':
    return ((const int32_t *)data)[item];
  default:
    return ((const int8_t *)data)[item];
  }
}

uint32_t td_model_result(uint32_t index, uint32_t item, float *value) {
  static const char kinds[] = MODEL_OUTPUT_KINDS;
  const void *data = arena() + model_output_offset[index];
  const uint32_t items = model_output_bytes[index] / item_bytes(kinds[index]);
  if (item < items && kinds[index] == 'f') {
    *value = ((const float *)data)[item];
  } else if (item < items) {
    *value = model_dequantize(&model_output_scale[index], whole(kinds[index], data, item));
  }
  return items;
}

td_status td_model_invoke(td_layer_hook hook, void *user) {
  model_invoke(&td_model_state, hook, user);
  return TD_OK;
}

uint32_t td_model_layer_count(void) {
  return MODEL_LAYERS;
}

uint32_t td_model_arena_bytes(void) {
  return MODEL_ARENA_BYTES;
}

uint32_t td_model_arena_used(void) {
  return MODEL_ARENA_BYTES;
}
