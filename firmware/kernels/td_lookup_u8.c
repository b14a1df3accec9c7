#include "td_lookup_u8.h"

void td_lookup_u8(const td_lookup_u8_params *p, const void *input, const void *table,
                  void *output) {
  const uint8_t *in = (const uint8_t *)input;
  const uint8_t *values = (const uint8_t *)table;
  uint8_t *out = (uint8_t *)output;
  for (int32_t i = 0; i < p->size; i++) {
    out[i] = values[in[i]];
  }
}
