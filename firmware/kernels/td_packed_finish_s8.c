#include "td_packed_finish_s8.h"

void td_packed_finish_s8(const td_packed_block *b, const int32_t *bias, const int32_t *sums,
                         int8_t *output) {
  if (b->totals) {
    for (int32_t i = 0; i < 2 * b->pixels; i++) {
      b->totals[i] += sums[i] >> b->parts.shift;
    }
    return;
  }
  const td_packed_requant requant = b->requant;
  const int32_t step = b->stride;
  const int32_t first = (int32_t)(bias - b->bias) - 2;
  for (int32_t i = 0; i < 2; i++) {
    const td_packed_channel channel = td_packed_channel_of(&requant, b->multiplier[first + i],
                                                           b->shift ? &b->shift[first + i] : NULL);
    int8_t *to = output + i;
    const int32_t *const end = sums + 2 * b->pixels;
    for (const int32_t *sum = sums; sum != end; sum += 2) {
      *to = td_packed_output(&requant, &channel, sum[i]);
      to += step;
    }
  }
}
