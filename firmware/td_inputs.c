#include "td_inputs.h"

#include <string.h>

#include "td_model.h"
#include "td_port.h"

static uint8_t *copy;
static uint32_t total_bytes;

static uint8_t *tensor_at(uint32_t position, size_t *bytes) {
  for (uint32_t input = 0;; input++) {
    size_t size = 0;
    uint8_t *tensor = td_model_input(input, &size);
    if (position < size) {
      *bytes = size - position;
      return tensor + position;
    }
    position -= (uint32_t)size;
  }
}

void td_inputs_init(void) {
  total_bytes = 0;
  for (uint32_t input = 0; input < td_model_input_count(); input++) {
    size_t size = 0;
    td_model_input(input, &size);
    total_bytes += (uint32_t)size;
  }
  copy = td_port_spare(total_bytes);
  if (copy != NULL) {
    memset(copy, 0, total_bytes);
  }
}

uint32_t td_inputs_bytes(void) {
  return total_bytes;
}

uint8_t *td_inputs_at(uint32_t position, size_t *bytes) {
  if (copy == NULL) {
    return tensor_at(position, bytes);
  }
  *bytes = total_bytes - position;
  return copy + position;
}

int td_inputs_kept(void) {
  return copy != NULL;
}

void td_inputs_load(void) {
  size_t size = 0;
  for (uint32_t at = 0; copy != NULL && at < total_bytes; at += (uint32_t)size) {
    uint8_t *tensor = tensor_at(at, &size);
    memcpy(tensor, copy + at, size);
  }
}
