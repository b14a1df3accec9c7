#include "td_embedding_s8_f32.h"

void td_embedding_s8_f32(const td_embedding_s8_f32_params *p, const int32_t *indices,
                         const int8_t *table, float *output) {
  for (int32_t i = 0; i < p->count; i++) {
    const int32_t last = p->size - 1;
    const int32_t index = indices[i] < 0 ? 0 : indices[i] > last ? last : indices[i];
    const int8_t *row = table + index * p->depth;
    for (int32_t j = 0; j < p->depth; j++) {
      *output++ = p->scale * (float)row[j];
    }
  }
}
