#include "td_cast.h"

#include "td_fixedpoint.h"

static int32_t whole(float x) {
  if (x >= 2147483648.0f) {
    return INT32_MAX;
  }
  return x >= -2147483648.0f ? (int32_t)x : INT32_MIN;
}

static int32_t integer(const void *input, int32_t index, int32_t kind) {
  if (kind == 1) {
    return ((const int8_t *)input)[index];
  }
  return kind == 2 ? ((const int16_t *)input)[index] : ((const int32_t *)input)[index];
}

static int32_t from_float(float x, int32_t kind) {
  const int32_t max = kind == 1 ? INT8_MAX : kind == 2 ? INT16_MAX : INT32_MAX;
  return td_clamp(whole(x), -max - 1, max);
}

static void store(void *output, int32_t index, int32_t kind, int32_t value) {
  if (kind == 1) {
    ((int8_t *)output)[index] = (int8_t)(uint8_t)((uint32_t)value & 0xFFu);
  } else if (kind == 2) {
    ((int16_t *)output)[index] = (int16_t)(uint16_t)((uint32_t)value & 0xFFFFu);
  } else {
    ((int32_t *)output)[index] = value;
  }
}

void td_cast(const td_cast_params *p, const void *input, void *output) {
  for (int32_t i = 0; i < p->size; i++) {
    if (p->output_kind == 0) {
      ((float *)output)[i] = (float)integer(input, i, p->input_kind);
    } else if (p->input_kind == 0) {
      const float value = ((const float *)input)[i];
      store(output, i, p->output_kind, from_float(value, p->output_kind));
    } else {
      store(output, i, p->output_kind, integer(input, i, p->input_kind));
    }
  }
}
