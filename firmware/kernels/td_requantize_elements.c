#include "td_requantize_elements.h"

#include "td_fixedpoint.h"

static int32_t element(const void *input, int32_t index, int32_t bytes) {
  if (bytes == 1) {
    return ((const int8_t *)input)[index];
  }
  return bytes == 2 ? ((const int16_t *)input)[index] : ((const int32_t *)input)[index];
}

static void store(void *output, int32_t index, int32_t bytes, int32_t value) {
  if (bytes == 1) {
    ((int8_t *)output)[index] = (int8_t)td_clamp(value, INT8_MIN, INT8_MAX);
  } else if (bytes == 2) {
    ((int16_t *)output)[index] = (int16_t)td_clamp(value, INT16_MIN, INT16_MAX);
  } else {
    ((int32_t *)output)[index] = value;
  }
}

void td_requantize_elements(const td_requantize_elements_params *p, const void *input,
                            void *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const int32_t value = td_wrap_add(element(input, i, p->input_bytes), p->input_offset);
    const int32_t scaled = td_requantize(value, p->multiplier, p->shift);
    store(output, i, p->output_bytes, td_wrap_add(scaled, p->output_offset));
  }
}
